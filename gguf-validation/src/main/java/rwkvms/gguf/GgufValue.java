package rwkvms.gguf;

/**
 * A value of a GGUF key. Integers of every width share {@link Int}, both floating types {@link Real}.
 */
public sealed interface GgufValue permits GgufValue.Int, GgufValue.Real, GgufValue.Bool, GgufValue.Text, GgufArray {
    GgufType type();

    /** An integer; a u64 above the range of {@code long} is held as its 64 bits. */
    record Int(GgufType type, long value) implements GgufValue {
        @Override
        public String toString() {
            return type == GgufType.UINT64 ? Long.toUnsignedString(value) : Long.toString(value);
        }
    }

    /** An f32, widened, or f64. */
    record Real(GgufType type, double value) implements GgufValue {
        @Override
        public String toString() {
            return type == GgufType.FLOAT32 ? Float.toString((float) value) : Double.toString(value);
        }
    }

    record Bool(boolean value) implements GgufValue {
        @Override
        public GgufType type() {
            return GgufType.BOOL;
        }

        @Override
        public String toString() {
            return Boolean.toString(value);
        }
    }

    record Text(String value) implements GgufValue {
        @Override
        public GgufType type() {
            return GgufType.STRING;
        }

        @Override
        public String toString() {
            return Quote.of(value);
        }
    }

    static GgufValue u32(long value) {
        return new Int(GgufType.UINT32, value);
    }

    static GgufValue u64(long value) {
        return new Int(GgufType.UINT64, value);
    }

    static GgufValue f32(float value) {
        return new Real(GgufType.FLOAT32, value);
    }

    static GgufValue text(String value) {
        return new Text(value);
    }
}
