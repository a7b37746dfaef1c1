package rwkvms.sidecar.testing;

import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;

/**
 * One change of a valid file, drawn from a seed: the same kind, seed and file always give the same bytes.
 *
 * <p>It may happen to change nothing, as a swap of equal things does.
 */
public record Mutation(Kind kind, long seed) {
    /** The kind of a change. */
    public enum Kind {
        MAGIC(HeaderMutations::magic),
        VERSION(HeaderMutations::version),
        TENSOR_COUNT(HeaderMutations::tensorCount),
        KEY_COUNT(HeaderMutations::keyCount),
        ALIGNMENT(HeaderMutations::alignment),
        ALIGNMENT_KEPT(HeaderMutations::alignmentKept),
        PADDING(HeaderMutations::padding),
        TAIL(HeaderMutations::tail),

        KEY_REMOVED(KeyMutations::remove),
        KEY_TWICE(KeyMutations::duplicate),
        KEYS_SWAPPED(KeyMutations::swap),
        VALUES_SWAPPED(KeyMutations::swapValues),
        KEY_RENAMED(KeyMutations::rename),
        KEY_ADDED(KeyMutations::add),
        VALUE_TYPE(KeyMutations::type),
        VALUE_RETYPED(KeyMutations::retype),
        NUMBER(KeyMutations::number),
        TEXT_CHARACTER(KeyMutations::character),
        TEXT_CUT(KeyMutations::cut),
        TEXT_LENGTH(KeyMutations::length),

        JSON_REMOVED(JsonMutations::remove),
        JSON_TWICE(JsonMutations::duplicate),
        JSON_SWAPPED(JsonMutations::swap),
        JSON_VALUE(JsonMutations::value),
        JSON_NUMBER(JsonMutations::number),
        JSON_TEXT(JsonMutations::text),
        JSON_ADDED(JsonMutations::add),
        JSON_SPACED(JsonMutations::space),

        TENSOR_REMOVED(TensorMutations::remove),
        TENSOR_REMOVED_RESTATED(restated(TensorMutations::remove)),
        TENSOR_TWICE(TensorMutations::duplicate),
        TENSOR_TWICE_RESTATED(restated(TensorMutations::duplicate)),
        TENSORS_SWAPPED(TensorMutations::swap),
        NAMES_SWAPPED(TensorMutations::swapNames),
        DATA_SWAPPED(TensorMutations::swapData),
        TENSOR_RENAMED(TensorMutations::rename),
        TENSOR_RENAMED_RESTATED(restated(TensorMutations::rename)),
        DIMENSION(TensorMutations::dimension),
        DIMENSION_RESTATED(restated(TensorMutations::dimension)),
        TRANSPOSED(TensorMutations::transpose),
        TRANSPOSED_RESTATED(restated(TensorMutations::transpose)),
        DIMENSION_ADDED(TensorMutations::addDimension),
        DIMENSION_ADDED_RESTATED(restated(TensorMutations::addDimension)),
        DIMENSION_REMOVED(TensorMutations::removeDimension),
        DIMENSION_COUNT(TensorMutations::dimensionCount),
        TENSOR_TYPE(TensorMutations::type),
        OFFSET(TensorMutations::offset),
        DATA_CUT(TensorMutations::cut),
        DATA_BIT(TensorMutations::bit),
        DATA_NOT_FINITE_RESTATED(restated(TensorMutations::notFinite)),
        DATA_ZERO_RESTATED(restated(TensorMutations::zero)),

        BIT(ByteMutations::bit),
        BYTE(ByteMutations::set),
        WORD(ByteMutations::word),
        TRUNCATED(ByteMutations::truncate),
        RANGE_REMOVED(ByteMutations::remove),
        RANGE_TWICE(ByteMutations::duplicate),
        RANGE_ZERO(ByteMutations::zero),
        RANGES_SWAPPED(ByteMutations::swap);

        @SuppressWarnings("ImmutableEnumChecker") // lambdas without state
        private final BiFunction<Valid, Random, byte[]> change;

        Kind(BiConsumer<GgufParts, Random> change) {
            this.change = (valid, random) -> {
                GgufParts parts = valid.parts().copy();
                change.accept(parts, random);
                return parts.bytes();
            };
        }

        Kind(BytesChange change) {
            this.change = (valid, random) -> change.apply(valid.bytes().clone(), random);
        }
    }

    /** A change of a file's bytes, which it may write into. */
    interface BytesChange {
        byte[] apply(byte[] file, Random random);
    }

    /** A file to be changed, taken apart once. */
    public record Valid(byte[] bytes, GgufParts parts) {
        public static Valid of(byte[] bytes) {
            return new Valid(bytes, GgufParts.of(bytes));
        }
    }

    /** The changed file. */
    public byte[] of(Valid valid) {
        return kind.change.apply(valid, new Random(seed));
    }

    /** The change with manifest and totals that follow it, so that only the meaning of the tensors can show it. */
    private static BiConsumer<GgufParts, Random> restated(BiConsumer<GgufParts, Random> change) {
        return change.andThen((parts, random) -> Restatement.of(parts));
    }
}
