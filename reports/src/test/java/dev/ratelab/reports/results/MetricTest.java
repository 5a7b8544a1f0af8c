package dev.ratelab.reports.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricTest {
  /** The table that people read is the table that bench writes by and the baseline judges by. */
  @Test
  void theFormatListsEveryMetricAndNoOther() throws IOException {
    List<String> documented = new ArrayList<>();
    String experiment = "";
    for (String line : Files.readAllLines(Path.of("../docs/results-format.md"))) {
      experiment = line.startsWith("### ") ? line.substring(4).strip() : experiment;
      if (line.matches("\\| `.*` \\| `.*` \\|.*\\| (higher|lower|–) \\|")) {
        // What it means is said there alone.
        documented.add(
            experiment + ": " + line.replaceFirst("(` \\| )[^|]*\\S \\| (?=[^|]*\\|$)", "$1"));
      }
    }
    List<String> expected = new ArrayList<>();
    for (Metric metric : Metric.values()) {
      String better = switch (metric.better()) {
        case HIGHER -> "higher";
        case LOWER -> "lower";
        case NEITHER -> "–";
      };
      metric
          .experiments()
          .forEach(name -> expected.add("%s: | `%s` | `%s` | %s |"
              .formatted(name, metric.id(), metric.unit().symbol(), better)));
    }

    assertThat(documented)
        .as("the tables of docs/results-format.md against the enum Metric")
        .containsExactlyInAnyOrderElementsOf(expected)
        .doesNotHaveDuplicates()
        .hasSizeGreaterThan(50);
  }

  @Test
  void oneNameMeansOneThingWithinAnExperiment() {
    Series replication = Series.of("replication");

    assertThat(Metric.of(replication.exact(Metric.SHARE_DENIED, 0.5, 1)))
        .contains(Metric.SHARE_DENIED);
    assertThat(Metric.of(Series.of("accuracy").exact(Metric.DENIED, 5, 1))).contains(Metric.DENIED);
    assertThat(Metric.of(Series.of("burst").foreign("p99", "us", 1, 1, 1, 1))).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> replication.exact(Metric.DENIED, 5, 1))
        .withMessage("denied is a metric of [accuracy], not of replication");
  }
}
