package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Results;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A run as its readers get it, whatever the format.
 *
 * @param overview one row an algorithm; none if the run has nothing to say of them side by side
 * @param headline the plots of the first screen; none if the run has none at all
 * @param sections one for each question that the run answers
 * @param warnings what a reader must know before believing a number
 * @param peers tables of the peers' versions and of the peers that were left out
 */
public record Report(
    Results results,
    Overview.Glance overview,
    Figure headline,
    List<Section> sections,
    List<String> unanswered,
    List<String> warnings,
    List<Table> peers) {

  /**
   * Builds the report of a results directory; raw files that cannot be read become warnings.
   *
   * @throws IOException if a raw file is there but reading it fails
   */
  public static Report of(Path directory, Results results) throws IOException {
    ReportedRun run = new ReportedRun(directory, results);
    List<BackendSummary> places = BackendSummary.of(run);
    List<Section> sections = new ArrayList<>(List.of(
        GeneralPage.completed(BurstPage.section(run), run),
        ThroughputPage.section(run),
        GeneralPage.completed(LatencyPage.section(run), run),
        GeneralPage.completed(AccuracyPage.section(run), run),
        GeneralPage.completed(GeneralPage.memory(run), run),
        GeneralPage.redisCost(run),
        ClusterPage.section(run),
        GeneralPage.completed(LeasesPage.section(run), run),
        GeneralPage.scaling(run),
        GeneralPage.http(run),
        GeneralPage.completed(SimulationPage.section(run), run),
        PeersPage.section(run),
        VerificationPage.section(run)));
    Set<String> known =
        sections.stream().map(Section::id).collect(Collectors.toCollection(HashSet::new));
    known.add(ValidationFigure.EXPERIMENT);
    VerificationPage.counterexamples(run).ifPresent(sections::add);
    List<String> others = results.measurements().stream()
        .map(Measurement::experiment)
        .distinct()
        .filter(experiment -> !known.contains(experiment))
        .toList();
    for (String experiment : others) {
      sections.add(
          experiment.equals(ResolutionPage.ID)
              ? ResolutionPage.section(run)
              : GeneralPage.unknown(run, experiment));
    }
    Overview.Glance overview = Overview.of(run, places);
    return new Report(
        results,
        overview,
        headline(StrictnessPlot.figure(run, places), overview, sections),
        sections.stream().filter(Section::measured).toList(),
        sections.stream()
            .filter(section -> !section.measured())
            .map(Section::title)
            .toList(),
        run.warnings(),
        PeersPage.notices(run));
  }

  /** Where algorithms have nothing side by side, the first screen shows what the first page begins with. */
  private static Figure headline(
      Figure strictness, Overview.Glance overview, List<Section> sections) {
    return overview.table().rows().isEmpty()
        ? sections.stream()
            .flatMap(section -> section.figures().stream())
            .findFirst()
            .orElse(strictness)
        : strictness;
  }

  /** The policy in words, such as {@code 100 permits per 1 s}, empty if the run does not say. */
  String policy() {
    OptionalDouble limit = ReportedRun.positive(results.parameters().get("limit"));
    OptionalDouble window = ReportedRun.positive(results.parameters().get("window_us"));
    return limit.isPresent() && window.isPresent()
        ? "%s per %s"
            .formatted(
                Numbers.counted(limit.getAsDouble(), "permit"),
                Numbers.micros(window.getAsDouble()))
        : "";
  }
}
