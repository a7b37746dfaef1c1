package rwkvms.nativeruntime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import rwkvms.foreign.Words;

/** Functions of every type that a binding has: each argument arrives as its type says, and so does the result. */
class NativeFunctionTests {
    private static final List<Object> ARGUMENTS = List.of(MemorySegment.ofAddress(-2), Integer.MIN_VALUE, -1L, true,
            false, -1, Long.MIN_VALUE, MemorySegment.ofAddress(Long.MAX_VALUE), 7L);

    private final List<Object> arrived = new ArrayList<>();

    /** What native code would be: keeps its arguments, and returns the given result. */
    private Object receive(Object result, Object... arguments) {
        arrived.addAll(Arrays.asList(arguments));
        return result;
    }

    private NativeFunction function(Arena arena, FunctionDescriptor descriptor, Object result) throws Exception {
        MethodType type = descriptor.toMethodType();
        MemorySegment stub = Linker.nativeLinker().upcallStub(MethodHandles.lookup()
                .findVirtual(NativeFunctionTests.class, "receive",
                        MethodType.methodType(Object.class, Object.class, Object[].class))
                .bindTo(this).bindTo(result).asCollector(Object[].class, type.parameterCount()).asType(type),
                descriptor, arena);
        return new NativeFunction(stub, descriptor);
    }

    private static MemoryLayout[] layouts(List<Object> arguments) {
        return arguments.stream().map(NativeFunctionTests::layout).toArray(MemoryLayout[]::new);
    }

    private static ValueLayout layout(Object value) {
        return switch (value) {
            case MemorySegment address -> ADDRESS;
            case Integer number -> JAVA_INT;
            case Boolean flag -> JAVA_BOOLEAN;
            case Double number -> JAVA_DOUBLE;
            default -> JAVA_LONG;
        };
    }

    private Object called(Object result, List<Object> arguments) throws Exception {
        try (Arena arena = Arena.ofConfined()) {
            return function(arena, FunctionDescriptor.of(layout(result), layouts(arguments)), result)
                    .call(arguments.toArray());
        }
    }

    /** With nine it has a downcall of its own. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 6, 7, Words.COUNT, Words.COUNT + 1})
    void everyArgumentArrives(int count) throws Exception {
        List<Object> arguments = ARGUMENTS.subList(0, count);
        assertThat(called(0, arguments)).isEqualTo(0);
        assertThat(arrived).isEqualTo(arguments);
        arrived.clear();
        List<Object> reversed = ARGUMENTS.reversed().subList(0, count);
        assertThat(called(0, reversed)).isEqualTo(0);
        assertThat(arrived).isEqualTo(reversed);
    }

    @Test
    void everyResultArrives() throws Exception {
        for (Object result : ARGUMENTS) {
            assertThat(called(result, List.of(1))).isEqualTo(result);
        }
        assertThat(called(0.5, List.of(0.25, 1))).isEqualTo(0.5);
        assertThat(arrived).endsWith(0.25, 1);
    }

    /** A callee may leave anything in the bits that its type does not have. */
    @Test
    void onlyTheBitsOfTheTypeAreRead() throws Exception {
        try (Arena arena = Arena.ofConfined()) {
            NativeFunction wide = function(arena, FunctionDescriptor.of(JAVA_LONG), 0x1234_5678_ffff_ff00L);
            MemorySegment address = wide.address();
            assertThat(new NativeFunction(address, FunctionDescriptor.of(JAVA_INT)).call()).isEqualTo(-256);
            assertThat(new NativeFunction(address, FunctionDescriptor.of(JAVA_BOOLEAN)).call()).isEqualTo(false);
            assertThat(new NativeFunction(address, FunctionDescriptor.ofVoid()).call()).isNotEqualTo(-256);
        }
    }

    @Test
    void anIntIsTakenForALong() throws Exception {
        try (Arena arena = Arena.ofConfined()) {
            function(arena, FunctionDescriptor.of(JAVA_INT, JAVA_LONG), 0).call(-5);
        }
        assertThat(arrived).containsExactly(-5L);
    }

    @Test
    void wrongArgumentsAreRefused() throws Exception {
        Arena freed = Arena.ofConfined();
        MemorySegment gone = freed.allocate(8);
        freed.close();
        try (Arena arena = Arena.ofConfined()) {
            NativeFunction function = function(arena, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), 0);
            MemorySegment here = arena.allocate(8);
            assertThatThrownBy(() -> function.call(here)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("arguments: expected 2, found 1");
            assertThatThrownBy(() -> function.call(here, 1L)).isInstanceOf(ClassCastException.class);
            assertThatThrownBy(() -> function.call(1L, 1)).isInstanceOf(ClassCastException.class);
            assertThatThrownBy(() -> function.call(MemorySegment.ofArray(new byte[8]), 1))
                    .hasMessage("expected native memory, found memory of Java");
            assertThatThrownBy(() -> function.call(gone, 1)).isInstanceOf(IllegalStateException.class)
                    .hasMessage("expected native memory that is not freed");
        }
        assertThat(arrived).isEmpty();
    }
}
