package rwkvms.live.server;

/** A request that is answered with an error: a status and the problem. */
final class RequestException extends RuntimeException {
    private static final long serialVersionUID = 1;
    static final int BAD = 400;
    static final int NOT_FOUND = 404;
    static final int METHOD = 405;
    static final int TOO_LARGE = 413;
    static final int MEDIA_TYPE = 415;
    static final int INTERNAL = 500;
    static final int UNAVAILABLE = 503;

    private final int status;

    RequestException(int status, String problem) {
        super(problem);
        this.status = status;
    }

    static RequestException bad(String problem) {
        return new RequestException(BAD, problem);
    }

    int status() {
        return status;
    }

    /** The type that a llama-server gives an error of that status. */
    static String type(int status) {
        return switch (status) {
            case NOT_FOUND -> "not_found_error";
            case UNAVAILABLE -> "unavailable_error";
            default -> status >= INTERNAL ? "server_error" : "invalid_request_error";
        };
    }
}
