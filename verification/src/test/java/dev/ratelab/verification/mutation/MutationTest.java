package dev.ratelab.verification.mutation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.fixtures.PageTables;
import dev.ratelab.verification.fault.PlantedFaultsTest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Judges what PIT found in the limiter, whose build comes before this one. */
@Tag("mutation")
class MutationTest {
  private static final Path README = Path.of("README.md");
  private static final Path LIMITER = Path.of("../limiter");
  private static final Path REPORT = LIMITER.resolve("target/pit-reports/mutations.xml");

  @Test
  void everySurvivorIsExplained() throws Exception {
    assertThat(REPORT)
        .as("'./mvnw verify -Pmutation -pl verification -am' writes it")
        .exists();
    PitReport report = PitReport.read(REPORT, LIMITER.resolve("src/main/java"));
    Explanations explanations = Explanations.read("java.txt");

    assertThat(explanations.mistakes(report.survived(), report.timedOut())).isEmpty();
    PageTables.requireWritten(
        README, "java", table(report, explanations) + "\n" + explanations.table());
  }

  private static String table(PitReport report, Explanations explanations) {
    StringBuilder table =
        new StringBuilder("| class | mutants | caught | explained |\n|---|---:|---:|---:|\n");
    long all = 0;
    long explained = 0;
    for (Map.Entry<String, List<Mutant>> file : report.byFile().entrySet()) {
      long survivors = file.getValue().stream()
          .map(Mutant::where)
          .distinct()
          .mapToLong(explanations::in)
          .sum();
      all += file.getValue().size();
      explained += survivors;
      table.append(row(file.getKey().replace(".java", ""), file.getValue().size(), survivors));
    }
    return table.append(row("all", all, explained)).toString();
  }

  private static String row(String name, long mutants, long explained) {
    return "| %s | %d | %d | %d |\n".formatted(name, mutants, mutants - explained, explained);
  }

  @Test
  void thePageNamesEveryFaultPlantedInAScript() throws Exception {
    PageTables.requireWritten(README, "planted faults", PlantedFaultsTest.tableOfScripts());
  }
}
