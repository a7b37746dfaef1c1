package rwkvms.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemorySegment;
import java.util.Base64;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import rwkvms.tensor.DType;
import rwkvms.tensor.Tensor;

/** What a pickle may say, and that everything else is refused with its opcode and byte. */
class UnpicklerTests {
    private static final List<Opcode> ALLOWED = List.of(Opcode.PROTO, Opcode.EMPTY_DICT, Opcode.EMPTY_TUPLE,
            Opcode.MARK, Opcode.TUPLE, Opcode.TUPLE1, Opcode.TUPLE2, Opcode.TUPLE3, Opcode.BINUNICODE, Opcode.BININT,
            Opcode.BININT1, Opcode.BININT2, Opcode.LONG1, Opcode.NEWTRUE, Opcode.NEWFALSE, Opcode.BINPUT,
            Opcode.LONG_BINPUT, Opcode.BINGET, Opcode.LONG_BINGET, Opcode.GLOBAL, Opcode.BINPERSID, Opcode.REDUCE,
            Opcode.SETITEM, Opcode.SETITEMS, Opcode.BUILD, Opcode.STOP);
    private static final String MEMBERS = "names and tensors in turn";
    private static final String CALLS = "a call of OrderedDict(), _rebuild_tensor_v2(…) or _rebuild_parameter(…)";
    private static final String SAVE = ": save the dict of the tensors alone, model.state_dict()";

    private static SequencedMap<String, Tensor> read(byte[] pickle) throws PickleException {
        return Unpickler.read(pickle, (key, dtype, count, at) -> new Storage(dtype, count,
                MemorySegment.ofArray(new byte[(int) count * dtype.bytes()])));
    }

    private static PickleBytes tensor(PickleBytes before) {
        return before.storage("FloatStorage", "0", 4).number(0).tuple(2, 2).tuple(2, 1).rebuild();
    }

    private static PickleBytes start() {
        return PickleBytes.protocol2();
    }

    @Test
    void everyWayToWriteATensorIsRead() throws PickleException {
        byte[] pickle = tensor(tensor(start().ascii("}q").raw(7).ascii("(").text("a")).text("größe")).ascii("u")
                .text("c").storage("HalfStorage", "1", 70_000)
                .raw('K', 3).raw('M', 0x10, 0x01).raw(0x85).raw(0x8a, 1, 1).raw(0x85, 0x88)
                .global("collections", "OrderedDict").ascii(")RtRr").u32(900).ascii("s").stop();
        SequencedMap<String, Tensor> tensors = read(pickle);
        assertThat(tensors.keySet()).containsExactly("a", "größe", "c");
        assertThat(tensors.get("a")).hasToString("float32[2, 2]");
        assertThat(tensors.get("c")).hasToString("float16[272]");
    }

    @Test
    void aTensorIsReadFromItsOffset() throws PickleException {
        byte[] pickle = start().ascii("}").text("a").storage("FloatStorage", "0", 4).number(1)
                .raw('K', 1, 'K', 1, 'K', 2).raw(0x87).tuple(2, 2, 1).rebuild().ascii("s").text("none")
                .storage("FloatStorage", "1", 0).number(0).tuple(0).tuple(1).rebuild().ascii("s").stop();
        SequencedMap<String, Tensor> tensors = Unpickler.read(pickle, (key, dtype, count, at) -> new Storage(dtype,
                count, MemorySegment.ofArray(key.equals("0") ? new float[]{1, 2, 3, 4} : new float[0])));
        assertThat(tensors.get("a")).hasToString("float32[1, 1, 2]");
        assertThat(tensors.get("a").toFloats()).containsExactly(2, 3);
        assertThat(tensors.get("none")).hasToString("float32[0]");
    }

    @Test
    void anOrderedDictIsADictToo() throws PickleException {
        byte[] pickle = tensor(start().global("collections", "OrderedDict").ascii(")R").text("a")).ascii("s").stop();
        assertThat(read(pickle).keySet()).containsExactly("a");
        assertThat(read(start().ascii("}").stop())).isEmpty();
    }

    @Test
    void theMemoGivesBackWhatItWasGiven() throws PickleException {
        byte[] pickle = start().ascii("}").text("a").ascii("q").raw(1).storage("FloatStorage", "0", 4).number(0)
                .tuple(4).ascii("r").u32(300).tuple(1).rebuild().ascii("s").text("b")
                .storage("FloatStorage", "0", 4).number(0).ascii("j").u32(300).tuple(1).rebuild().ascii("s").stop();
        assertThat(read(pickle).get("b")).hasToString("float32[4]");
        refuses(start().ascii("h").raw(3).stop(), 2, "a value under 3 in the memo", "none");
    }

    /** All 68 of pickle: the 26 that tensors need, and 42 that are refused by name. */
    @ParameterizedTest
    @EnumSource(Opcode.class)
    void noOtherOpcodeIsFollowed(Opcode opcode) {
        int code = IntStream.range(0, 256).filter(c -> Opcode.of(c).orElse(null) == opcode).findFirst()
                .orElseThrow();
        if (!ALLOWED.contains(opcode) || opcode == Opcode.PROTO) {
            refuses(start().ascii("}").raw(code).stop(), 3, "an opcode of plain tensors", "opcode " + opcode);
        }
    }

    @Test
    void opcodesAreThoseOfPickle() {
        assertThat(Opcode.values()).hasSize(68);
        assertThat(ALLOWED).hasSize(26);
        refuses(start().raw(0xff).stop(), 2, "an opcode of pickle", "0xff");
    }

    static Stream<String> globals() {
        return Stream.of("os system", "posix system", "builtins eval", "torch.storage _load_from_bytes",
                "collections defaultdict", "collections OrderedDict\u0000");
    }

    @ParameterizedTest
    @MethodSource("globals")
    void noOtherNameIsFollowed(String name) {
        String[] parts = name.split(" ");
        refuses(start().ascii("}").global(parts[0], parts[1]).stop(), 3, "a class or function of plain tensors",
                "opcode GLOBAL \"" + name.replace("\u0000", "\\u0000") + "\"");
    }

    /** What people save in place of a state dict, and what they should save instead. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            torch.nn.modules.linear Linear                   | save model.state_dict() and not the model
            __main__ Memory                                  | save model.state_dict() and not the model
            numpy.core.multiarray _reconstruct               | save torch.from_numpy(array) in the array's place
            numpy ndarray                                    | save torch.from_numpy(array) in the array's place
            torch DoubleStorage                              | save tensor.float(), or another of bfloat16, float16 and float32
            torch._utils _rebuild_sparse_tensor              | save a plain tensor, such as tensor.detach().cpu().to_dense().clone()
            torch._utils _rebuild_parameter_with_state       | save a plain tensor, such as tensor.detach().cpu().to_dense().clone()
            torch._tensor _rebuild_from_type_v2              | save a plain tensor, such as tensor.detach().cpu().to_dense().clone()
            """)
    void whatToSaveInsteadIsSaid(String name, String advice) {
        String[] parts = name.split(" ");
        refuses(start().ascii("}").global(parts[0], parts[1]).stop(), 3, "a class or function of plain tensors",
                "opcode GLOBAL \"" + name + "\": " + advice);
    }

    /** {@code torch.save(module.state_dict(), …)} of PyTorch 1.13: an OrderedDict with an attribute. */
    @Test
    void aStateDictIsRead() throws PickleException {
        SequencedMap<String, Tensor> tensors = read(Base64.getMimeDecoder().decode("""
                gAJjY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcQApUnEBKFgBAAAAYnECY3RvcmNoLl91dGlscwpfcmVidWlsZF90ZW5zb3JfdjIK
                cQMoKFgHAAAAc3RvcmFnZXEEY3RvcmNoCkZsb2F0U3RvcmFnZQpxBVgBAAAAMHEGWAMAAABjcHVxB0sCdHEIUUsASwKFcQlLAYVx
                ColoAClScQt0cQxScQ1YCAAAAGEud2VpZ2h0cQ5oAygoaARoBVgBAAAAMXEPaAdLBnRxEFFLAEsCSwOGcRFLA0sBhnESiWgAKVJx
                E3RxFFJxFXV9cRZYCQAAAF9tZXRhZGF0YXEXaAApUnEYKFgAAAAAcRl9cRpYBwAAAHZlcnNpb25xG0sBc1gBAAAAYXEcfXEdaBtL
                AXN1c2Iu
                """));
        assertThat(tensors).hasToString("{b=float32[2], a.weight=float32[2, 3]}");
    }

    /** {@code torch.save({name: parameter, …}, …)} of PyTorch 1.13. */
    @Test
    void parametersAreRead() throws PickleException {
        SequencedMap<String, Tensor> tensors = read(Base64.getMimeDecoder().decode("""
                gAJ9cQAoWAEAAABicQFjdG9yY2guX3V0aWxzCl9yZWJ1aWxkX3BhcmFtZXRlcgpxAmN0b3JjaC5fdXRpbHMKX3JlYnVpbGRfdGVu
                c29yX3YyCnEDKChYBwAAAHN0b3JhZ2VxBGN0b3JjaApGbG9hdFN0b3JhZ2UKcQVYAQAAADBxBlgDAAAAY3B1cQdLAnRxCFFLAEsC
                hXEJSwGFcQqJY2NvbGxlY3Rpb25zCk9yZGVyZWREaWN0CnELKVJxDHRxDVJxDohoCylScQ+HcRBScRFYCAAAAGEud2VpZ2h0cRJo
                AmgDKChoBGgFWAEAAAAxcRNoB0sGdHEUUUsASwJLA4ZxFUsDSwGGcRaJaAspUnEXdHEYUnEZiGgLKVJxGodxG1JxHHUu
                """));
        assertThat(tensors).hasToString("{b=float32[2], a.weight=float32[2, 3]}");
    }

    @Test
    void aParameterIsATensorWithoutHooks() {
        PickleBytes none = start().global("torch._utils", "_rebuild_parameter").ascii(")");
        refusesNext(none, "R", "_rebuild_parameter(tensor, requires_grad, no hooks)", "other arguments");
        PickleBytes hooked = tensor(start().global("torch._utils", "_rebuild_parameter")).raw(0x88).ascii("}")
                .text("hook").number(1).ascii("s").raw(0x87);
        refusesNext(hooked, "R", "_rebuild_parameter(tensor, requires_grad, no hooks)",
                "other arguments");
    }

    @Test
    void aStateDictHasNoOtherAttributes() {
        refusesAttributes(start().ascii("}}"));
        refusesAttributes(start().ascii(")}"));
        refusesAttributes(start().ascii("})"));
        refusesAttributes(start().ascii("}}").text("other").ascii("}s"));
        refusesAttributes(start().ascii("}}").text("_metadata").number(1).ascii("s"));
        refusesAttributes(start().ascii("}}").text("_metadata").ascii("}").text("a").number(1).ascii("ss"));
        refusesAttributes(start().ascii("}}").text("_metadata").ascii("}").text("a").ascii("}").text("b")
                .ascii("}sss"));
        refusesAttributes(tensor(start().ascii("}}").text("_metadata").ascii("}").text("a")).ascii("ss"));
        refusesAttributes(tensor(start().ascii("}}").text("_metadata").ascii("}").text("a").ascii("}").text("b"))
                .ascii("sss"));
        refusesAttributes(tensor(start().ascii("}}").text("_metadata").ascii("}s").text("a")).ascii("s"));
        refuses(start().ascii("}b").stop(), 3, "a value on the stack", "none");
    }

    private static void refusesAttributes(PickleBytes pickle) {
        refusesNext(pickle, "b", "no attributes but the _metadata of a state dict", "others");
    }

    /** A checkpoint that holds more than tensors is refused; nothing is dropped in silence. */
    @Test
    void whatIsNoTensorIsNamed() {
        refuses(start().ascii("}").text("epoch").number(3).ascii("s").stop(), 18, MEMBERS,
                "a number as \"epoch\"" + SAVE);
        refuses(start().ascii("}").text("model").ascii("}s").stop(), 14, MEMBERS, "a dict as \"model\"" + SAVE);
        refuses(start().ascii("}").text("ok").raw(0x88).ascii("s").stop(), 11, MEMBERS,
                "a boolean as \"ok\"" + SAVE);
        refuses(start().ascii("}").text("t").ascii(")s").stop(), 10, MEMBERS, "something else as \"t\"" + SAVE);
        PickleBytes cycle = start().ascii("}q").raw(1).text("self").ascii("h").raw(1);
        refusesNext(cycle, "s", MEMBERS, "a dict as \"self\"" + SAVE);
    }

    @Test
    void namesAreNotCalledBeyondWhatTensorsNeed() {
        PickleBytes type = start().global("torch", "FloatStorage");
        refuses(type.ascii(")R").stop(), type.size() - 2, CALLS,
                "one of torch.FloatStorage");
        PickleBytes dict = start().global("collections", "OrderedDict").tuple(1);
        refusesNext(dict, "R", CALLS,
                "one of collections.OrderedDict");
        PickleBytes text = start().text("print").ascii(")");
        refuses(text.ascii("R").stop(), text.size() - 2, CALLS, "another");
        PickleBytes few = start().global("torch._utils", "_rebuild_tensor_v2").ascii(")");
        refusesNext(few, "R",
                "_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, no hooks)", "other arguments");
    }

    @Test
    void aPersistentIdIsAStorage() {
        String expected = "a persistent id (\"storage\", storage type, key, device, count)";
        refuses(start().ascii(")Q").stop(), 3, expected, "another");
        PickleBytes module = start().ascii("(").text("module").global("torch", "FloatStorage").text("0").text("cpu")
                .number(4).ascii("t");
        refusesNext(module, "Q", expected, "another");
        PickleBytes negative = start().ascii("(").text("storage").global("torch", "FloatStorage").text("0").text("cpu")
                .number(-4).ascii("t");
        refusesNext(negative, "Q", expected, "another");
        PickleBytes dict = start().ascii("(").text("storage").global("collections", "OrderedDict").text("0")
                .text("cpu").number(4).ascii("t");
        refusesNext(dict, "Q", expected, "another");
    }

    @Test
    void aDictHoldsTensorsByName() {
        refuses(start().ascii("}").text("a").text("b").ascii("s").stop(), 15, MEMBERS, "a text as \"a\"" + SAVE);
        refuses(start().ascii("}").number(1).number(2).ascii("s").stop(), 13, MEMBERS, "something else");
        refuses(start().ascii("}(").text("a").ascii("u").stop(), 10, MEMBERS, "something else");
        PickleBytes twice = tensor(tensor(start().ascii("}(").text("a")).text("a"));
        refusesNext(twice, "u", "each name once", "\"a\" again");
        refuses(start().ascii(")(u").stop(), 4, "a dict to put names and tensors into", "something else");
    }

    @Test
    void aDictIsWhatIsLeft() {
        refuses(start().ascii(").").bytes(), 3, "a dict of tensors", "something else");
        refuses(start().ascii("}}").stop(), 4, "one value on the stack", "more");
        refuses(start().ascii("(}").stop(), 4, "one value on the stack", "more");
        refuses(start().stop(), 2, "a value on the stack", "none");
        refuses(start().ascii("}..").bytes(), 4, "the end behind STOP", "1 bytes");
        refuses(start().ascii("}").bytes(), 3, "1 more bytes", "0 before the end");
    }

    @Test
    void theStackIsNotLeft() {
        refuses(start().raw(0x85).stop(), 2, "a value on the stack", "none");
        refuses(start().ascii("t").stop(), 2, "a mark on the stack", "none");
        refuses(start().ascii("}(").raw(0x85).stop(), 4, "a value on the stack", "none");
        refuses(start().ascii("(s").stop(), 3, "a value on the stack", "none");
    }

    @Test
    void itOpensWithProtocol2() {
        refuses(new byte[]{(byte) 0x80, 4, '}', '.'}, 0, "opcode PROTO and protocol 2",
                "protocol 4: torch.save without pickle_protocol");
        refuses(new byte[]{'}', '.'}, 0, "opcode PROTO and protocol 2", "others");
        refuses(new byte[0], 0, "1 more bytes", "0 before the end");
    }

    @Test
    void textsAreWholeAndUtf8() {
        refuses(start().ascii("X").u32(5).ascii("abc").bytes(), 2, "5 more bytes", "3 before the end");
        refuses(start().ascii("X").u32(-1).ascii("abc").bytes(), 2, "4294967295 more bytes", "3 before the end");
        refuses(start().ascii("X").u32(1).raw(0xff).stop(), 2, "UTF-8", "other bytes");
        refuses(start().ascii("ctorch\nFloatStorage").bytes(), 2, "1 more bytes", "0 before the end");
        refuses(start().ascii("J").raw(1, 2).bytes(), 2, "4 more bytes", "2 before the end");
        refuses(start().raw(0x8a, 9).bytes(), 2, "an integer of at most 8 bytes", "one of 9");
    }

    @Test
    void tensorsAreViewsWithinTheirStorage() {
        refusesTensor(0, new long[]{5}, new long[]{1}, "a tensor within the 4 elements of its storage", "5 from 0");
        refusesTensor(1, new long[]{4}, new long[]{1}, "a tensor within the 4 elements of its storage", "4 from 1");
        refusesTensor(-1, new long[]{4}, new long[]{1}, "a tensor within the 4 elements of its storage", "4 from -1");
        refusesTensor(Long.MAX_VALUE, new long[]{4}, new long[]{1}, "a tensor within the 4 elements of its storage",
                "4 from 9223372036854775807");
        refusesTensor(0, new long[]{2, 2}, new long[]{1, 2},
                "row-major strides for size [2, 2]: save the tensor .contiguous()", "[1, 2]");
        refusesTensor(0, new long[]{1000, 4}, new long[]{0, 1},
                "row-major strides for size [1000, 4]: save the tensor .contiguous()", "[0, 1]");
        refusesTensor(0, new long[]{4}, new long[]{1, 1},
                "row-major strides for size [4]: save the tensor .contiguous()", "[1, 1]");
        refusesTensor(0, new long[]{-4}, new long[]{1}, "sizes from 0 with at most 2147483647 values", "[-4]");
        refusesTensor(0, new long[]{1L << 32, 1L << 32}, new long[]{1L << 32, 1},
                "sizes from 0 with at most 2147483647 values", "[4294967296, 4294967296]");
        PickleBytes text = start().ascii("}").text("a").storage("FloatStorage", "0", 4).number(0).ascii("(").text("4")
                .ascii("t").tuple(1).rebuild();
        refuses(text.ascii("s").stop(), text.size() - 3, "integers as size and stride", "something else");
    }

    @Test
    void aLongMayBeNegative() {
        PickleBytes pickle = start().ascii("}").text("a").storage("FloatStorage", "0", 4).raw(0x8a, 1, 0xff).tuple(4)
                .tuple(1).rebuild();
        int at = pickle.size() - 1;
        refuses(pickle.ascii("s").stop(), at, "a tensor within the 4 elements of its storage", "4 from -1");
    }

    @Test
    void theStrideOfASingleElementDoesNotCount() throws PickleException {
        byte[] pickle = start().ascii("}").text("a").storage("BFloat16Storage", "0", 4).number(1).tuple(1, 3)
                .tuple(77, 1).rebuild().ascii("s").stop();
        assertThat(read(pickle).get("a")).hasToString("bfloat16[1, 3]");
        assertThat(DType.BFLOAT16).isEqualTo(read(pickle).get("a").dtype());
    }

    private static void refusesTensor(long offset, long[] size, long[] stride, String expected, String found) {
        PickleBytes pickle = start().ascii("}").text("a").storage("FloatStorage", "0", 4).number(offset).tuple(size)
                .tuple(stride).rebuild();
        int at = pickle.size() - 1;
        refuses(pickle.ascii("s").stop(), at, expected, found);
    }

    /** Refuses the opcode that follows these bytes. */
    private static void refusesNext(PickleBytes pickle, String opcode, String expected, String found) {
        int at = pickle.size();
        refuses(pickle.ascii(opcode).stop(), at, expected, found);
    }

    private static void refuses(byte[] pickle, int at, String expected, String found) {
        assertThatExceptionOfType(PickleException.class).isThrownBy(() -> read(pickle))
                .withMessage("at byte " + at + ": expected " + expected + ", found " + found);
    }
}
