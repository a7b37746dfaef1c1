package rwkvms.nativeruntime;

import java.util.Optional;

import rwkvms.runtime.RuntimeFailure;
import rwkvms.runtime.StateFault;

/** A function of the C++ runtime refused; the message has the status code, its name and the error text of the handle. */
public final class NativeException extends RuntimeFailure {
    private static final long serialVersionUID = 1;

    private final int code;

    NativeException(String function, int code, String name, String text) {
        super(function + ": " + name + " (" + code + "): " + text);
        this.code = code;
    }

    /** One of {@code rwkv_ms_status}. */
    public int code() {
        return code;
    }

    @Override
    public Optional<StateFault> fault() {
        return StateFault.ofCode(code);
    }
}
