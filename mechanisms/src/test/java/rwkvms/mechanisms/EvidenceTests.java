package rwkvms.mechanisms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is computed, kept, and found again; means with their intervals. */
class EvidenceTests {
    @TempDir
    private Path folder;

    private final Queue<String> progress = new ConcurrentLinkedQueue<>();

    @Test
    void theFirstSeedsAreThePublishedOnes() throws IOException {
        List<Measurement> published = Trials.published();

        assertThat(evidence(Setting.PUBLISHED_SEEDS).of(Part.BOUNDS)).isNotEmpty().isSubsetOf(published);
        assertThat(evidence(Setting.PUBLISHED_SEEDS).of(Part.RECALL)).isNotEmpty().isSubsetOf(published);
    }

    @Test
    void whatIsThereIsFoundAgainAndMoreIsAdded() throws IOException {
        List<Measurement> two = evidence(2).of(Part.BOUNDS);
        Path file = folder.resolve("bounds.csv");
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(1 + 2 * 4 * 2);
        // Nothing but the first trial of a setting is computed again: a change elsewhere stays.
        lines.set(4, lines.get(4).replaceFirst("[^,]*$", "123.5"));
        Files.write(file, lines);

        List<Measurement> three = evidence(3).of(Part.BOUNDS);
        assertThat(three).hasSize(3 * 4 * 2).anyMatch(one -> one.value() == 123.5);
        assertThat(evidence(1).of(Part.BOUNDS)).isSubsetOf(two).hasSize(4 * 2);
        assertThat(Files.readAllLines(file)).hasSize(1 + 3 * 4 * 2);
        assertThat(progress).hasSize(8 + 12 + 4).contains("bounds (24, 10, 10), seed 2");
    }

    @Test
    void aFileOfOtherNumbersIsMadeAnew() throws IOException {
        List<Measurement> right = evidence(2).of(Part.BOUNDS);
        Path file = folder.resolve("bounds.csv");
        List<String> lines = Files.readAllLines(file);
        lines.set(1, lines.get(1).replaceFirst("[^,]*$", "1.0"));
        lines.set(4, lines.get(4).replaceFirst("[^,]*$", "123.5"));
        Files.write(file, lines);

        assertThat(evidence(2).of(Part.BOUNDS)).isEqualTo(right);
        assertThat(MeasurementFile.read(file)).isEqualTo(right);
    }

    @Test
    void aFileOfAnotherKindIsRefused() throws IOException {
        Path file = folder.resolve("bounds.csv");
        Files.writeString(file, "");
        assertThatThrownBy(() -> evidence(1).of(Part.BOUNDS)).isInstanceOf(IOException.class).hasMessage(file
                + ": expected the header experiment,segments,length,capacity,noise,gate,seed,tokens,policy,states,"
                + "measure,value, found an empty file; delete the file to have it made again");
        Files.write(file, new byte[]{'b', (byte) 0xff});
        assertThatThrownBy(() -> evidence(1).of(Part.BOUNDS)).isInstanceOf(IOException.class)
                .hasMessage(file + ": expected UTF-8, found other bytes");
        evidenceLine(file, "bound,6");
        assertThatThrownBy(() -> evidence(1).of(Part.BOUNDS)).isInstanceOf(IOException.class).hasMessage(
                file + ", line 2: expected a measurement, found bound,6; delete the file to have it made again");
        evidenceLine(file, "bound,6,24,8,0.03,0.5,x,143,,6,fixed,1.0");
        assertThatThrownBy(() -> evidence(1).of(Part.BOUNDS)).isInstanceOf(IOException.class)
                .hasMessageStartingWith(file + ", line 2: expected a measurement");
    }

    private static void evidenceLine(Path file, String line) throws IOException {
        Files.writeString(file,
                "experiment,segments,length,capacity,noise,gate,seed,tokens,policy,states,measure,value\n"
                        + line + "\n");
    }

    @Test
    void everyPartGivesEverySettingTheSameMeasures() {
        for (Part part : Part.values()) {
            List<List<String>> measures = part.settings().stream().map(setting -> part.trial(setting, 7).stream()
                    .map(one -> one.policy() + " " + one.measure()).toList()).distinct().toList();
            assertThat(measures).as("%s", part).hasSize(1);
            assertThat(measures.getFirst()).doesNotHaveDuplicates().isNotEmpty();
        }
    }

    @Test
    void intervalsAreStudents() {
        Interval interval = Interval.of(List.of(1.0, 2.0, 3.0));

        assertThat(interval.mean()).isEqualTo(2);
        // t of two degrees of freedom, 4.302653, by the standard error 1/√3
        assertThat(interval.halfWidth()).isCloseTo(4.302653 / Math.sqrt(3), within(1e-6));
        assertThat(interval.low()).isEqualTo(2 - interval.halfWidth());
        assertThat(interval.high()).isEqualTo(2 + interval.halfWidth());
        assertThat(Interval.of(List.of(5.0))).isEqualTo(new Interval(1, 5, 0));
    }

    @Test
    void differencesAreSeedBySeed() {
        Setting setting = Setting.published().getFirst();
        Summary summary = new Summary(List.of(new Measurement(setting, 0, 9, "", 1, "dla", 1),
                new Measurement(setting, 0, 9, "", 1, "fixed", 3), new Measurement(setting, 1, 9, "", 1, "dla", 11),
                new Measurement(setting, 1, 9, "", 1, "fixed", 13), new Measurement(setting, 2, 9, "", 1, "dla", 1)));
        Summary.Key dla = new Summary.Key(setting, "", "dla");
        Summary.Key fixed = new Summary.Key(setting, "", "fixed");

        assertThat(summary.difference(fixed, dla)).isEqualTo(new Interval(2, 2, 0));
        assertThatThrownBy(() -> summary.difference(dla, fixed)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("expected a value of seed 2, found none");
        assertThatThrownBy(() -> summary.of(setting, "oracle", "dla")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("expected measurements, found none");
        assertThat(summary.csv()).startsWith("segments,length,capacity,noise,gate,policy,measure,n,mean,low,high\n"
                + "6,24,8,0.03,0.5,,dla,3,4.333333,").hasLineCount(3);
    }

    private Evidence evidence(int seeds) {
        return new Evidence(folder, seeds, progress::add);
    }
}
