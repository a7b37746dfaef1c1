"""The math fixture of fixture.md: build it from tensors, write it reproducibly, read it back."""

import gzip
import hashlib
import json

import numpy
import torch

import generator

DTYPES = {"float32": torch.float32, "float64": torch.float64, "float16": torch.float16, "bfloat16": torch.bfloat16, "int64": torch.int64,
          "bool": torch.bool}


def shortest(value):
    """The shortest decimal that gives this float32 back, both directly and by way of a double."""
    text = str(value)
    if numpy.float32(float(text)) != value:
        text = repr(float(value))
    return text


def numbers(tensor):
    flat = tensor.contiguous().reshape(-1)
    if tensor.dtype == torch.float32:
        return [shortest(value) for value in flat.numpy()]
    if tensor.dtype == torch.bool:
        return ["true" if value else "false" for value in flat.tolist()]
    return [str(value) for value in flat.tolist()]


def digest(tensor):
    """SHA-256 of the little-endian bytes; a bool is one byte."""
    return hashlib.sha256(tensor.contiguous().numpy().tobytes()).hexdigest()


def dtype_name(tensor):
    return str(tensor.dtype).replace("torch.", "")


class Record:
    """A tensor as a record; its data stays text, so that no JSON writer changes a digit.

    In a long fixture `generated` says how to make the values that are not written down, and `kept` which tokens the
    tensor has rows of.
    """

    def __init__(self, tensor, generated=None, kept=None):
        self.tensor = tensor
        self.sha256 = digest(tensor)
        self.generated = generated
        self.kept = kept

    def text(self, indent):
        inner = indent + "  "
        lines = ['"shape": ' + json.dumps(list(self.tensor.shape)), '"dtype": "%s"' % dtype_name(self.tensor),
                 '"sha256": "%s"' % self.sha256]
        if self.kept is not None:
            lines.append('"kept_tokens": ' + json.dumps(self.kept))
        lines.append('"generator": ' + json.dumps(self.generated) if self.generated is not None
                     else '"data": [' + ", ".join(numbers(self.tensor)) + "]")
        return "{\n" + ",\n".join(inner + line for line in lines) + "\n" + indent + "}"


def text(value, indent=""):
    """JSON in the order given, objects over several lines, lists on one."""
    if isinstance(value, Record):
        return value.text(indent)
    if isinstance(value, dict):
        inner = indent + "  "
        entries = [inner + json.dumps(key) + ": " + text(entry, inner) for key, entry in value.items()]
        return "{\n" + ",\n".join(entries) + "\n" + indent + "}"
    return json.dumps(value)


def summary(inputs, expected):
    records = {**inputs, **expected}
    return {"tensor_count": len(records), "total_values": sum(r.tensor.numel() for r in records.values()),
            "sha256": {name: records[name].sha256 for name in sorted(records)}}


def write(path, fixture):
    """Gzip without a time or a name in it: the same fixture gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file, gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as out:
        out.write((text(fixture) + "\n").encode("ascii"))


def read(path):
    """The fixture with its records as `Record`s; every hash is checked."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    fixture = json.loads(data)
    for section in ("inputs", "expected"):
        for name, record in fixture[section].items():
            generated = record.get("generator")
            tensor = (torch.tensor(record["data"], dtype=DTYPES[record["dtype"]]).reshape(record["shape"])
                      if generated is None else values_of(generated, record["shape"]))
            fixture[section][name] = Record(tensor, generated, record.get("kept_tokens"))
            if not record["sha256"] == fixture["summary"]["sha256"][name] == digest(tensor):
                raise ValueError("%s: %s.%s: the data does not have the hash it claims" % (path, section, name))
    return fixture


def values_of(generated, shape):
    if generated["name"] != generator.NAME:
        raise ValueError("generator: expected %s, found %s" % (generator.NAME, generated["name"]))
    return generator.tensor(generated["seed"], generated["scale"], *shape)


def rows(actual, record):
    """Of a tensor of all tokens those rows that the record has."""
    return actual if record.kept is None else actual[:, record.kept]


def tensors(section):
    return {name: record.tensor for name, record in section.items()}
