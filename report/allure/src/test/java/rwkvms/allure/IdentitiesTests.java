package rwkvms.allure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a test is known by from build to build. */
final class IdentitiesTests {
    private static final String FACTORY = "[engine:junit-jupiter]/[class:a.ATests]/[test-factory:all()]/[dynamic-test:#";

    private static ObjectNode result(String name, String uniqueId) {
        ObjectNode result = JsonNodeFactory.instance.objectNode().put("name", name).put("fullName", "a.ATests.all")
                .put("historyId", "JUnit's");
        if (!uniqueId.isEmpty()) {
            result.putArray("labels").addObject().put("name", "junit.platform.uniqueid").put("value", uniqueId);
        }
        return result;
    }

    /** Dynamic tests of these names. */
    private static List<ObjectNode> dynamic(String... names) {
        List<ObjectNode> all = new ArrayList<>();
        for (String name : names) {
            all.add(result(name, FACTORY + (all.size() + 1) + "]"));
        }
        Identities.assign("golden", all);
        return all;
    }

    private static List<String> ids(List<ObjectNode> results) {
        return results.stream().map(each -> each.path("historyId").asText()).toList();
    }

    @Test
    void aTestInsertedInTheMiddleTakesNoHistory() {
        List<String> before = ids(dynamic("one", "two", "three"));
        List<String> after = ids(dynamic("one", "new", "two", "three"));
        assertThat(before).doesNotHaveDuplicates();
        assertThat(after).doesNotHaveDuplicates().containsSubsequence(before);
    }

    @Test
    void testsOfOneNameAreCountedInTheirOrder() {
        List<ObjectNode> twelve = new ArrayList<>();
        for (int i = 12; i >= 1; i--) {
            twelve.add(result("same", FACTORY + i + "]"));
        }
        Identities.assign("golden", twelve);
        assertThat(ids(twelve)).doesNotHaveDuplicates();
        assertThat(ids(twelve).reversed()).startsWith(ids(dynamic("same", "same", "same")).toArray(String[]::new));
    }

    @Test
    void theNumberOfAnInvocationDoesNotCount() {
        ObjectNode second = result("[2] basic", FACTORY + "2]");
        ObjectNode third = result("[3] basic", FACTORY + "3]");
        Identities.assign("golden", List.of(second));
        Identities.assign("golden", List.of(third));
        assertThat(second.path("historyId")).isEqualTo(third.path("historyId"));
        Identities.assign("native", List.of(third));
        assertThat(second.path("historyId")).isNotEqualTo(third.path("historyId"));
    }

    @Test
    void whatIsNotJUnitsKeepsItsOwn() {
        ObjectNode other = result("gate check", "");
        Identities.assign("golden", List.of(other));
        assertThat(other.path("historyId").asText()).isEqualTo("JUnit's");
    }
}
