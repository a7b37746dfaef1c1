package rwkvms.live.health;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import rwkvms.report.Entry;
import rwkvms.report.Outcome;
import rwkvms.report.Page;

/**
 * The whole check of a live server: the checks of the fork's own health check (runtime-tools.md, 4.1) under their
 * names, and more. The others run even if one fails.
 */
public final class HealthCheck {
    static final String PROMPT_N = "timings/prompt_n";
    /** The check of the device that was asked for. */
    static final String DEVICE = "device";

    private final String id;
    private final Map<String, Check> checks = new LinkedHashMap<>();
    private final ServerClient client;
    private final ModelChecks model;

    private HealthCheck(HealthSettings settings, String id, ServerClient client) throws IOException {
        this.id = id;
        this.client = client;
        LogChecks log = new LogChecks(settings.serverLog(), settings.timeout());
        this.model = new ModelChecks(settings, client);
        SlotChecks slot = new SlotChecks(settings.slotFolder(), client, id);
        ClientChecks clients = new ClientChecks(client, settings.clients());
        checks.put("base_hash_binding", model::binding);
        checks.put("alive", model::alive);
        checks.put("model_list", model::listed);
        settings.device().ifPresent(name -> checks.put(DEVICE, facts -> model.device(name, facts)));
        checks.put("chat_smoke", model::chat);
        checks.put("chat_stream", model::stream);
        checks.put("greedy_repeats", model::repeats);
        checks.put("reference_trace", model::trace);
        checks.put("slot_save_restore", slot::saveAndRestore);
        checks.put("slot_corruption", slot::corruption);
        checks.put("slot_names", slot::names);
        checks.put("concurrent_clients", clients::concurrent);
        checks.put("client_hangs_up", clients::hangUp);
        checks.put("alive_at_the_end", model::alive);
        checks.put("server_log", log::needles);
    }

    /**
     * A run's results.
     *
     * @param id    of the run; the names of its slot files contain it
     * @param model that was asked
     */
    public record Report(String id, String baseUrl, String rootUrl, String model, List<TimedEntry> entries) {
        public Report {
            entries = List.copyOf(entries);
        }
    }

    /**
     * Runs every check.
     *
     * @throws IOException if the server's log cannot be read
     */
    public static Report run(HealthSettings settings) throws IOException {
        try (ServerClient client = new ServerClient(settings.baseUrl(), settings.key(), settings.timeout(),
                settings.limit())) {
            return new HealthCheck(settings, UUID.randomUUID().toString(), client).report();
        }
    }

    private Report report() {
        List<TimedEntry> entries = new ArrayList<>();
        checks.forEach((name, check) -> entries.add(entry(name, check)));
        return new Report(id, client.base(), client.root(), model.model(), entries);
    }

    private TimedEntry entry(String name, Check check) {
        Facts facts = new Facts();
        long begin = System.nanoTime();
        Outcome outcome = outcome(check, facts);
        List<List<String>> rows = new ArrayList<>(List.of(List.of("server", client.base())));
        facts.all().forEach(fact -> rows.add(List.of("fact", fact)));
        Entry entry = new Entry(name, outcome, facts.all(), "", "", new Page(Page.table(rows), List.of(), ""));
        return new TimedEntry(entry, Duration.ofNanos(System.nanoTime() - begin));
    }

    private static Outcome outcome(Check check, Facts facts) {
        try {
            check.run(facts);
            return new Outcome.Passed();
        } catch (Check.NotGivenException e) {
            return new Outcome.NotEvaluated(Objects.requireNonNullElse(e.getMessage(), "not given"));
        } catch (ServerException | IOException e) {
            return new Outcome.Failed(Objects.requireNonNullElse(e.getMessage(), e.toString()));
        } catch (RuntimeException e) {
            return new Outcome.Failed("the check itself failed: " + e);
        }
    }
}
