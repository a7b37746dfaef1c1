package rwkvms.state;

import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.state.Action;
import net.jqwik.api.state.Transformer;

/** Actions of random programs, each shown by its name and its argument when a program fails. */
public final class Actions {
    private Actions() {
    }

    public static <P> Action.Independent<P> simple(String name, Consumer<P> effect) {
        return () -> Arbitraries.just(Transformer.mutate(name, effect));
    }

    public static <P, T> Action.Independent<P> drawn(String name, Arbitrary<T> arguments, BiConsumer<P, T> effect) {
        return () -> arguments
                .map(drawn -> Transformer.mutate(name + " " + drawn, program -> effect.accept(program, drawn)));
    }

    /** An action that is only taken while a condition holds. */
    public static <P> Action<P> onlyIf(Predicate<P> condition, Action.Independent<P> action) {
        return new Action.Independent<>() {
            @Override
            public boolean precondition(P program) {
                return condition.test(program);
            }

            @Override
            public Arbitrary<Transformer<P>> transformer() {
                return action.transformer();
            }
        };
    }
}
