package dev.ratelab.verification.mutation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** What PIT wrote about the limiter's classes. */
final class PitReport {
  private enum Status {
    KILLED,
    TIMED_OUT,
    MEMORY_ERROR,
    RUN_ERROR,
    SURVIVED,
    NO_COVERAGE
  }

  private record Verdict(String file, Mutant mutant, Status status) {}

  private final List<Verdict> verdicts;

  private PitReport(List<Verdict> verdicts) {
    this.verdicts = verdicts;
  }

  /** Reads a report, and each mutant's line from the sources that it is about. */
  static PitReport read(Path xml, Path sources)
      throws IOException, ParserConfigurationException, SAXException {
    NodeList mutations = DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(xml.toFile())
        .getElementsByTagName("mutation");
    List<Verdict> verdicts = new ArrayList<>();
    for (int i = 0; i < mutations.getLength(); i++) {
      Element mutation = (Element) mutations.item(i);
      String type = text(mutation, "mutatedClass");
      Path folder = sources.resolve(type.substring(0, type.lastIndexOf('.')).replace('.', '/'));
      List<String> lines = Files.readAllLines(folder.resolve(text(mutation, "sourceFile")));
      Mutant mutant = new Mutant(
          type.substring(type.lastIndexOf('.') + 1) + "." + text(mutation, "mutatedMethod"),
          text(mutation, "description"),
          lines.get(Integer.parseInt(text(mutation, "lineNumber")) - 1).strip());
      verdicts.add(new Verdict(
          text(mutation, "sourceFile"), mutant, Status.valueOf(mutation.getAttribute("status"))));
    }
    return new PitReport(verdicts);
  }

  private static String text(Element parent, String tag) {
    return parent.getElementsByTagName(tag).item(0).getTextContent();
  }

  /** What no test caught, and what no test reaches. */
  List<Mutant> survived() {
    return mutants(status -> status == Status.SURVIVED || status == Status.NO_COVERAGE);
  }

  List<Mutant> timedOut() {
    return mutants(status -> status == Status.TIMED_OUT);
  }

  private List<Mutant> mutants(Predicate<Status> wanted) {
    return verdicts.stream()
        .filter(verdict -> wanted.test(verdict.status))
        .map(Verdict::mutant)
        .toList();
  }

  /** How many mutants each source file has. */
  Map<String, List<Mutant>> byFile() {
    return verdicts.stream()
        .collect(Collectors.groupingBy(
            Verdict::file, TreeMap::new, Collectors.mapping(Verdict::mutant, Collectors.toList())));
  }
}
