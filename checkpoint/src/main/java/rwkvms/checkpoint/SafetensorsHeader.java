package rwkvms.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import rwkvms.gguf.Quote;
import rwkvms.sidecar.PythonJson;
import rwkvms.tensor.DType;
import rwkvms.tensor.Shape;
import rwkvms.tensor.Tensor;

/**
 * Checks the header of a safetensors file or message against its data: each tensor has its size, and together they cover the data.
 */
record SafetensorsHeader(String source, JsonNode json, MemorySegment data, SortedMap<String, DType> types) {
    private static final Set<String> FIELDS = Set.of("dtype", "shape", "data_offsets");

    /** The place of a tensor's bytes, counted from the start of the data. */
    private record Range(String name, long from, long to) {
    }

    Safetensors read() throws CheckpointException {
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        List<Range> ranges = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : json.properties()) {
            if (!entry.getKey().equals(Safetensors.METADATA)) {
                Range range = range(entry.getKey(), entry.getValue());
                tensors.put(entry.getKey(), tensor(range, entry.getValue()));
                ranges.add(range);
            }
        }
        requireCover(ranges);
        return new Safetensors(tensors, metadata());
    }

    private Map<String, String> metadata() throws CheckpointException {
        Map<String, String> texts = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : json.path(Safetensors.METADATA).properties()) {
            if (!entry.getValue().isTextual()) {
                throw new CheckpointException(source, Safetensors.METADATA + ", " + Quote.of(entry.getKey()), "a text",
                        PythonJson.shown(entry.getValue()));
            }
            texts.put(entry.getKey(), entry.getValue().textValue());
        }
        return texts;
    }

    private Range range(String name, JsonNode entry) throws CheckpointException {
        Set<String> fields = new TreeSet<>();
        entry.fieldNames().forEachRemaining(fields::add);
        if (!fields.equals(FIELDS)) {
            throw refusal(name, "", "an object of dtype, shape and data_offsets", PythonJson.shown(entry));
        }
        JsonNode offsets = entry.path("data_offsets");
        boolean ordered = offsets.isArray() && offsets.size() == 2 && offsets.get(0).canConvertToLong()
                && offsets.get(1).canConvertToLong() && offsets.get(0).isIntegralNumber()
                && offsets.get(1).isIntegralNumber() && offsets.get(0).longValue() >= 0
                && offsets.get(0).longValue() <= offsets.get(1).longValue()
                && offsets.get(1).longValue() <= data.byteSize();
        if (!ordered) {
            throw refusal(name, "data_offsets", "two ascending offsets of 0 to " + data.byteSize(),
                    PythonJson.shown(offsets));
        }
        return new Range(name, offsets.get(0).longValue(), offsets.get(1).longValue());
    }

    private Tensor tensor(Range range, JsonNode entry) throws CheckpointException {
        JsonNode label = entry.path("dtype");
        DType dtype = label.isTextual() ? types.get(label.textValue()) : null;
        if (dtype == null) {
            throw refusal(range.name(), "dtype", typeNames(), PythonJson.shown(label));
        }
        Shape shape = shape(range.name(), entry.path("shape"));
        long size = (long) shape.count() * dtype.bytes();
        if (range.to() - range.from() != size) {
            throw refusal(range.name(), "data_offsets", size + " bytes for " + dtype.label() + shape,
                    "" + (range.to() - range.from()));
        }
        return Tensor.view(dtype, shape, data.asSlice(range.from(), size));
    }

    /** Such as {@code BF16, F16 or F32}. */
    private String typeNames() {
        String names = String.join(", ", types.keySet());
        int last = names.lastIndexOf(", ");
        return names.substring(0, last) + " or " + names.substring(last + 2);
    }

    private Shape shape(String name, JsonNode json) throws CheckpointException {
        boolean sizes = json.isArray() && json.valueStream().allMatch(JsonNode::isIntegralNumber)
                && json.valueStream().allMatch(JsonNode::canConvertToLong);
        if (!sizes) {
            throw refusal(name, "shape", "an array of integers", PythonJson.shown(json));
        }
        try {
            return Shape.of(json.valueStream().mapToLong(JsonNode::longValue).toArray());
        } catch (IllegalArgumentException impossible) {
            throw refusal(name, "shape", "sizes from 0 with at most " + Integer.MAX_VALUE + " values",
                    PythonJson.shown(json));
        }
    }

    private void requireCover(List<Range> ranges) throws CheckpointException {
        ranges.sort(Comparator.comparingLong(Range::from).thenComparingLong(Range::to));
        long at = 0;
        for (Range range : ranges) {
            if (range.from() != at) {
                throw refusal(range.name(), "data_offsets", "a start at " + at + ", where the tensor before ends",
                        "" + range.from());
            }
            at = range.to();
        }
        if (at != data.byteSize()) {
            throw new CheckpointException(source, "data", at + " bytes, as the tensors have", "" + data.byteSize());
        }
    }

    private CheckpointException refusal(String name, String field, String expected, String found) {
        return new CheckpointException(source, "tensor " + Quote.of(name) + (field.isEmpty() ? "" : ", " + field),
                expected, found);
    }
}
