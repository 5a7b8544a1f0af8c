package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.statistics.distribution.BinomialDistribution;
import org.jspecify.annotations.Nullable;

/** Whether a run on this machine finds a tenth, and how often it finds a difference that is not there. */
final class ResolutionPage {
  static final String ID = "resolution";

  /** How often an interval of 95 % may miss. */
  private static final double LEVEL = 0.05;

  /** As many alarms as chance alone gives this seldom are more than the level says. */
  private static final double SELDOM = 0.025;

  private static final String SERVER_CPU = "-" + Metric.SERVER_CPU.id();

  private ResolutionPage() {}

  static Section section(ReportedRun run) {
    List<Measurement> rows = run.metric(ID, Metric.FALSE_ALARMS);
    return new Section(
        ID,
        "Resolution",
        "Does a run here find a tenth, and does it cry wolf?",
        rows.stream().map(row -> answer(run, row)).collect(Collectors.joining(" ")),
        List.of(),
        List.of(new Table.Of<Measurement>()
            .text("where", Names::place)
            .text("told by", ResolutionPage::what)
            .number("cries wolf", ResolutionPage::count)
            .number("finds a tenth", m -> count(of(run, m, Metric.FOUND)))
            .numberCell("half of an interval", m -> share(of(run, m, Metric.HALF_WIDTH)))
            .measured("the slowed one, of the other", m -> of(run, m, Metric.SLOWED))
            .rows("The same limiter twice, and once slowed by a tenth, in trials", rows)));
  }

  private static String answer(ReportedRun run, Measurement alarms) {
    int trials = Math.toIntExact(alarms.samples());
    int wrong = Math.toIntExact(Math.round(alarms.value() * trials));
    boolean tooOften =
        wrong > 0 && BinomialDistribution.of(trials, LEVEL).survivalProbability(wrong - 1) < SELDOM;
    return "%s, by %s: a slow-down of a tenth was found in %s trials; the same limiter twice was told apart in %s, %s."
        .formatted(
            Names.sentence(Names.place(alarms)),
            what(alarms),
            count(of(run, alarms, Metric.FOUND)),
            count(alarms),
            tooOften
                ? "more than chance gives at a level of 5 %"
                : "which may be chance at a level of 5 %");
  }

  private static String what(Measurement m) {
    return m.workload().endsWith(SERVER_CPU) ? "Redis' processor time" : "decisions a second";
  }

  /** A share of trials, such as {@code 19 of 20}. */
  private static String count(@Nullable Measurement m) {
    return m == null ? "–" : "%s of %s".formatted(Math.round(m.value() * m.samples()), m.samples());
  }

  private static Cell share(@Nullable Measurement m) {
    return Cell.of(m == null ? "–" : "±" + Numbers.share(m.value()));
  }

  private static @Nullable Measurement of(ReportedRun run, Measurement row, Metric metric) {
    return run.metric(ID, metric).stream()
        .filter(m -> m.backend().equals(row.backend()) && m.workload().equals(row.workload()))
        .findFirst()
        .orElse(null);
  }
}
