package dev.ratelab.reports.page;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Notice;
import dev.ratelab.reports.results.RawSeries;
import dev.ratelab.reports.results.Results;
import dev.ratelab.reports.results.ResultsException;
import dev.ratelab.reports.results.Timeline;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A run as the sections ask for it; collects what they find wrong with its raw files. */
record ReportedRun(Path directory, Results results, List<String> problems) {
  private static final double MOST_LATE = 0.01;

  ReportedRun(Path directory, Results results) {
    this(directory, results, new ArrayList<>());
  }

  /** All measurements of an experiment, in the order of the pages. */
  List<Measurement> experiment(String experiment) {
    return results.measurements().stream()
        .filter(m -> m.experiment().equals(experiment))
        .sorted(Algorithms.ORDER)
        .toList();
  }

  /** The same for one metric. */
  List<Measurement> metric(String experiment, Metric metric) {
    return experiment(experiment).stream().filter(metric::is).toList();
  }

  /** Groups that keep the order of what is in them. */
  static <K, T> Map<K, List<T>> by(Function<T, K> key, List<T> all) {
    return all.stream()
        .collect(Collectors.groupingBy(key, LinkedHashMap::new, Collectors.toList()));
  }

  /** A parameter of an experiment that is a positive number: its own if it has one, or the run's. */
  OptionalDouble parameter(String experiment, String name) {
    String own = results.parameters().get(experiment + "." + name);
    return positive(own != null ? own : results.parameters().get(name));
  }

  static OptionalDouble positive(@Nullable String text) {
    try {
      double number = text == null ? 0 : Double.parseDouble(text);
      return number > 0 && Double.isFinite(number)
          ? OptionalDouble.of(number)
          : OptionalDouble.empty();
    } catch (NumberFormatException e) {
      return OptionalDouble.empty();
    }
  }

  /** A raw file's columns; empty, and the problem noted, if it cannot be read. */
  List<double[]> raw(@Nullable String raw, String... columns) throws IOException {
    try {
      return raw == null ? List.of() : RawSeries.read(directory, raw, columns);
    } catch (ResultsException e) {
      String problem = "A curve is missing from its plot. " + e.getMessage();
      if (!problems.contains(problem)) {
        problems.add(problem);
      }
      return List.of();
    }
  }

  /** A counterexample's raw file; empty, and the problem noted, if it cannot be read. */
  Optional<Timeline> timeline(@Nullable String raw) throws IOException {
    try {
      return raw == null ? Optional.empty() : Optional.of(Timeline.read(directory, raw));
    } catch (ResultsException e) {
      problems.add("A counterexample is missing from its plot. " + e.getMessage());
      return Optional.empty();
    }
  }

  /** What a reader must know before believing a number. Complete once all sections are built. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    results.notices(Notice.Kind.WARNING).forEach(warning -> warnings.add(warning.text()));
    List<Measurement> late = metric("latency", Metric.LATE).stream()
        .filter(m -> m.value() > MOST_LATE)
        .toList();
    by(m -> "%s (%s)".formatted(Names.place(m), Names.load(m)), late)
        .forEach((place, rows) -> warnings.add(
            "The load generator sent up to %s of the arrivals late for %s, %s: part of this latency is its own."
                .formatted(
                    Numbers.share(
                        rows.stream().mapToDouble(Measurement::value).max().orElseThrow()),
                    rows.stream().map(Names::subject).collect(Collectors.joining(", ")),
                    place)));
    for (Measurement ratio : metric("burst", Metric.WORST_RATIO)) {
      if (ratio.value() > 1) {
        warnings.add("%s in %s admitted more than its bound allows under %s arrivals."
            .formatted(Names.subject(ratio), Names.place(ratio), ratio.workload()));
      }
    }
    for (Measurement property : metric("verification", Metric.PROPERTY)) {
      if (property.value() < 1) {
        warnings.add("The property \"%s\" does not hold for %s, %s."
            .formatted(property.workload(), Names.subject(property), Names.place(property)));
      }
    }
    warnings.addAll(problems);
    return warnings;
  }
}
