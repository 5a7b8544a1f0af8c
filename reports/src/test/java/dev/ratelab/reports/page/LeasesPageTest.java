package dev.ratelab.reports.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.reports.Pages;
import dev.ratelab.reports.SampleRun;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.ResultsDirectory;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LeasesPageTest {
  private static final Series LEASED =
      Series.of("leases").algorithm("gcra").backend("redis", "lettuce").threads(2);

  @TempDir
  private Path temp;

  /** The best lease on one hot key by its ratio in turns, whatever else is fast. */
  @ParameterizedTest
  @CsvSource({
    "0.5, 0.7, 0.5× in memory, met",
    "0.3, 0.49, 0.5× in memory, not met",
    "0.3, 0.7, 0.5× in memory, not told by this run"
  })
  void whatALeaseIsToReachIsSaid(double low, double high, String target, String met)
      throws IOException {
    ResultsDirectory run = SampleRun.directory(temp.resolve("run"), true);
    run.add(
        speed("one-hot-key-admitted-lease-10-for-1000ms", 0.1, 0.1, 0.1),
        speed("one-hot-key-admitted-lease-100-for-1000ms", (low + high) / 2, low, high),
        speed("zipf-0.99-admitted-lease-100-for-1000ms", 0.9, 0.9, 0.9));

    String page = text(run);

    assertThat(page)
        .containsPattern("lease of 100 for 1 s [^a-z]*%s [^a-z]* %s ".formatted(target, met));
  }

  @Test
  void theBoundIsInLimitsAsTheExcessIs() throws IOException {
    ResultsDirectory run = SampleRun.directory(temp.resolve("run"), true);
    Series bursts = LEASED.threads(1).workload("bursts-one-hot-key-lease-100-for-1000ms");
    run.add(
        bursts.exact(Metric.EXCESS, 0.5, 1),
        bursts.exact(Metric.CALLS_PER_DECISION, 0.25, 1),
        bursts.exact(Metric.MAX_IN_WINDOW, 1_500, 1),
        bursts.exact(Metric.BOUND_IN_WINDOW, 2_400, 1));

    String html = Files.readString(Pages.write(run.path()));

    assertThat(html)
        .contains("\"points\":[[0.25,0.5,0.5,0.5]]")
        .contains("\"points\":[[0.25,1.4]]");
  }

  /** By algorithm only what is measured by each: a table of its own, and lines in the algorithms' colours. */
  @Test
  void anAlgorithmsErrorStandsBesideTheOthers() throws IOException {
    ResultsDirectory run = SampleRun.directory(temp.resolve("run"), true);
    for (String algorithm : List.of("gcra", "fixed-window")) {
      Series simulated = LEASED
          .algorithm(algorithm)
          .backend("simulated")
          .workload("poisson-one-hot-key-near-limit-lease-100-for-1000ms");
      double under = algorithm.equals("gcra") ? 0.0625 : 0.125;
      run.add(
          simulated.exact(Metric.EXCESS, 0.5, 1),
          simulated.exact(Metric.CALLS_PER_DECISION, 0.25, 1),
          simulated.exact(Metric.UNDER_ADMITTED, under, 1));
    }

    assertThat(Files.readString(Pages.write(run.path())))
        .containsPattern("\"style\":\"gcra\"[^}]*\\[\\[0.25,0.0625,0.0625,0.0625]]")
        .containsPattern("\"style\":\"fixed-window\"[^}]*\\[\\[0.25,0.125,0.125,0.125]]");
    assertThat(text(run))
        .containsPattern(
            "near-limit, by each algorithm, in virtual time.* gcra lease of 100 for 1 s 0.25")
        .containsPattern(" fixed-window lease of 100 for 1 s 0.25")
        .doesNotContain("on a real clock, beside");
  }

  /** What is too little under bursts says nothing. */
  @Test
  void burstsAreNoFigureOfWhatIsTooLittle() throws IOException {
    ResultsDirectory run = SampleRun.directory(temp.resolve("run"), true);
    for (String load : List.of("bursts-one-hot-key", "poisson-one-hot-key-denied")) {
      Series simulated = LEASED.backend("simulated").workload(load + "-lease-100-for-1000ms");
      run.add(
          simulated.exact(Metric.EXCESS, 0.5, 1),
          simulated.exact(Metric.CALLS_PER_DECISION, 0.25, 1),
          simulated.exact(Metric.UNDER_ADMITTED, load.startsWith("bursts") ? 0.375 : 0.125, 1));
    }

    assertThat(Files.readString(Pages.write(run.path())))
        .contains("[[0.25,0.125,0.125,0.125]]")
        .doesNotContain("[[0.25,0.375,0.375,0.375]]");
  }

  private static String text(ResultsDirectory run) throws IOException {
    return Files.readString(Pages.write(run.path()))
        .replaceAll("<[^>]*>", " ")
        .replaceAll("\\s+", " ");
  }

  private static Measurement speed(String workload, double ratio, double low, double high) {
    return LEASED
        .workload(workload)
        .measured(Metric.OPERATIONS, 1e6, 1e6, 1e6, 6)
        .withRatios(List.of(new Ratio("memory", ratio, low, high)));
  }
}
