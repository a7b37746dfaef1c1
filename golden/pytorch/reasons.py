"""Why a case may not become golden data."""


class NotWritten(Exception):
    """A case that may not become golden data, and why."""
