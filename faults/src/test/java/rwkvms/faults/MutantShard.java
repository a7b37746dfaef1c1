package rwkvms.faults;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import rwkvms.fixtures.testing.Shard;

/**
 * {@code MutantShard K/N [NAME…]}: judges the K-th of N parts of all mutants, or those of these names alone, on machines without
 * Maven; the working folder gets the profile's files under {@code target}. It ends with 0 if all have a verdict, and with 2 if
 * not, or if there is none to judge.
 */
public final class MutantShard {
    private static final int NO_VERDICT = 2;

    private MutantShard() {
    }

    public static void main(String[] args) throws Exception {
        List<Fault> part = Shard.of(args[0]).part(Mutants.all());
        Set<String> names = Set.copyOf(Arrays.asList(args).subList(1, args.length));
        List<Fault> chosen = part.stream()
                .filter(mutant -> names.isEmpty() || names.contains(mutant.name())).toList();
        if (chosen.isEmpty()) {
            System.err
                    .println(args[0] + ": expected a part with mutants of these names, found none; nothing was judged");
            System.exit(NO_VERDICT);
        }
        MutantRun run = MutantRun.of(chosen);
        run.write(Path.of("target"));
        System.out.println(run.summary());
        System.out.print(run.survivors());
        run.unjudged().forEach(System.out::println);
        System.exit(run.unjudged().isEmpty() ? 0 : NO_VERDICT);
    }
}
