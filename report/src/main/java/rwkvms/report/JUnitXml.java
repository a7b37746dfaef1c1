package rwkvms.report;

import java.io.StringWriter;
import java.util.List;

import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * Results in the XML that CI systems know from JUnit: one {@code testsuite}. What was not evaluated is {@code skipped} with its
 * reason, what could not be judged an {@code error}.
 */
final class JUnitXml {
    private JUnitXml() {
    }

    static String of(String suite, List<TestCase> tests) {
        StringWriter text = new StringWriter();
        try {
            XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
            xml.writeStartDocument("UTF-8", "1.0");
            xml.writeStartElement("testsuite");
            xml.writeAttribute("name", sound(suite));
            xml.writeAttribute("tests", String.valueOf(tests.size()));
            xml.writeAttribute("failures", count(tests, TestCase.Status.FAILED));
            xml.writeAttribute("errors", count(tests, TestCase.Status.NOT_JUDGED));
            xml.writeAttribute("skipped", count(tests, TestCase.Status.NOT_EVALUATED));
            for (TestCase test : tests) {
                write(xml, suite, test);
            }
            xml.writeEndDocument();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("a string takes all that is written", e);
        }
        return text + "\n";
    }

    private static String count(List<TestCase> tests, TestCase.Status status) {
        return String.valueOf(TestCase.count(tests, status));
    }

    private static void write(XMLStreamWriter xml, String suite, TestCase test) throws XMLStreamException {
        xml.writeStartElement("testcase");
        xml.writeAttribute("classname", sound(suite));
        xml.writeAttribute("name", sound(test.name()));
        String element = switch (test.status()) {
            case PASSED -> "";
            case FAILED -> "failure";
            case NOT_EVALUATED -> "skipped";
            case NOT_JUDGED -> "error";
        };
        if (!element.isEmpty()) {
            xml.writeStartElement(element);
            xml.writeAttribute("message", sound(test.message().lines().findFirst().orElse("")));
            if (test.status() != TestCase.Status.NOT_EVALUATED) {
                xml.writeCharacters(sound(test.message()));
            }
            xml.writeEndElement();
        }
        xml.writeEndElement();
    }

    /** Replaces control characters and lone surrogates, which XML 1.0 cannot hold, escaped or not. */
    private static String sound(String text) {
        StringBuilder sound = new StringBuilder();
        text.codePoints()
                .map(c -> c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0xd7ff)
                        || (c >= 0xe000 && c <= 0xfffd) || c > 0xffff ? c : 0xfffd)
                .forEach(sound::appendCodePoint);
        return sound.toString();
    }
}
