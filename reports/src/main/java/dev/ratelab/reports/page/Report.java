package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Results;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A run as its readers get it, whatever the format.
 *
 * @param results what was read
 * @param overview one row an algorithm
 * @param headline the plot of the first screen, if there is one
 * @param sections one for each question
 * @param warnings what a reader must know before believing a number
 */
public record Report(
    Results results,
    Overview.Glance overview,
    Optional<Figure> headline,
    List<Section> sections,
    List<String> warnings) {

  /**
   * Builds the report of a results directory; raw files that cannot be read become warnings.
   *
   * @throws IOException if a raw file is there but reading it fails
   */
  public static Report of(Path directory, Results results) throws IOException {
    Run run = new Run(directory, results);
    Overview.Glance overview = Overview.of(run);
    Optional<Figure> headline = Burst.overview(run);
    List<Section> sections = new ArrayList<>(List.of(
        Burst.section(run),
        Throughput.section(run),
        Latency.section(run),
        Accuracy.section(run),
        Memory.section(run),
        Verification.section(run)));
    Verification.counterexamples(run).ifPresent(sections::add);
    return new Report(results, overview, headline, sections, run.warnings());
  }

  /** The policy in words, such as {@code 100 permits per 1 s}, empty if the run does not say. */
  String policy() {
    OptionalDouble limit = Run.positive(results.parameters().get("limit"));
    OptionalDouble window = Run.positive(results.parameters().get("window_us"));
    return limit.isPresent() && window.isPresent()
        ? "%s permits per %s"
            .formatted(Numbers.count(limit.getAsDouble()), Numbers.micros(window.getAsDouble()))
        : "";
  }
}
