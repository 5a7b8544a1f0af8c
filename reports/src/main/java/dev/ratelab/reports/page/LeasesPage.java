package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Line;
import dev.ratelab.reports.page.Chart.Lines;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What instances that borrow from Redis win, and how far they are off. */
final class LeasesPage {
  static final String ID = "leases";

  private static final Pattern LEASED = Pattern.compile("(.+)-lease-(\\d+)-for-(\\d+)ms");
  private static final Pattern IN_FLIGHT = Pattern.compile("-\\d+-in-flight");

  /** Lease times have the styles of designs, which do not stand on this page: one algorithm's are too much alike. */
  private static final List<String> TOLD_APART = List.of("call", "leases-adaptive", "drop");

  private static final String MEMORY = "memory";
  private static final String CALLS = "call-a-decision";
  private static final String BATCHES = "batches";

  /** What a lease on one hot key is to reach, as a ratio to the others. */
  private static final List<Target> TARGETS =
      List.of(new Target(MEMORY, 0.5), new Target(CALLS, 100));

  private record Target(String to, double least) {}

  /**
   * What a row's workload says.
   *
   * @param block b, 0 without a lease
   * @param micros L
   */
  private record Setting(String load, long block, double micros) {
    static Setting of(Measurement m) {
      Matcher leased = LEASED.matcher(m.workload());
      return leased.matches()
          ? new Setting(
              leased.group(1),
              Long.parseLong(leased.group(2)),
              1e3 * Long.parseLong(leased.group(3)))
          : new Setting(IN_FLIGHT.matcher(m.workload()).replaceFirst(""), 0, 0);
    }

    boolean leased() {
      return block > 0;
    }
  }

  /** One setting's rows. */
  private record Row(Setting setting, List<Measurement> all) {
    @Nullable
    Measurement get(Metric metric) {
      return all.stream().filter(metric::is).findFirst().orElse(null);
    }

    double value(Metric metric) {
      Measurement found = get(metric);
      return found == null ? Double.NaN : found.value();
    }

    /** Who decides. */
    String who() {
      if (setting.leased()) {
        return "lease of %s for %s"
            .formatted(Numbers.count(setting.block), Numbers.micros(setting.micros));
      }
      if (get(Metric.EXCESS) != null) {
        // Requests share calls there.
        return "no lease";
      }
      Measurement any = all.get(0);
      return any.backend().equals(MEMORY)
          ? "in memory"
          : IN_FLIGHT.matcher(any.workload()).find() ? "batches" : "a call a decision";
    }

    String algorithm() {
      return all.get(0).algorithm();
    }

    boolean simulated() {
      return all.get(0).backend().equals(Measurement.SIMULATED);
    }

    Optional<Ratio> ratio(String to) {
      return Optional.ofNullable(get(Metric.OPERATIONS)).flatMap(m -> m.ratioTo(to));
    }
  }

  private LeasesPage() {}

  static Section section(ReportedRun run) {
    List<Row> rows = ReportedRun.by(
            m -> List.of(m.algorithm(), m.backend(), m.client(), m.workload()), run.experiment(ID))
        .values()
        .stream()
        .map(all -> new Row(Setting.of(all.get(0)), all))
        .sorted(Comparator.comparingDouble((Row row) -> row.setting.micros)
            .thenComparingLong(row -> row.setting.block))
        .toList();
    List<Row> speed = having(rows, Metric.OPERATIONS);
    List<Row> error = having(rows, Metric.EXCESS);
    List<Row> real = error.stream().filter(row -> !row.simulated()).toList();
    List<Row> simulated = error.stream().filter(Row::simulated).toList();
    return new Section(
        ID,
        "Leases",
        "What does a lease buy, and what does it cost?",
        "An instance borrows b permits from a counter on Redis by one decision, and decides by itself until they are spent or L is over. In any τ,"
            + " n instances together admit at most min(E(τ + L − 1), E(τ) + n·b), with E the algorithm's own bound: the error as a formula. Below it is as"
            + " four instances showed it by GCRA on a real clock and one Redis, near the limit eight, and by each algorithm in virtual time.",
        List.of(
            new Figure(
                "Error against Redis calls: too little",
                "Poisson arrivals at four instances, near the limit at eight. To the left Redis is asked less; lower is better: permits that one central counter"
                    + " would have admitted at the same instants and the leases did not. They were borrowed and not spent, or lay on the counter while an instance"
                    + " that it had refused did not ask again. A point for each block size b: the larger, the farther left.",
                charts(real, "poisson", LeasesPage::under)),
            new Figure(
                "Error against Redis calls: too much",
                "Bursts made for the bound. The most that one key got in one window of any place, in limits N beyond the first; dashed: what the formula allows."
                    + " GCRA by itself may come to 1. A point for each block size b.",
                charts(real, "bursts", LeasesPage::excess)),
            new Figure(
                "Error against Redis calls by algorithm",
                "Too little in virtual time, in which Redis answers after half a millisecond: L = 1 s, and a point for each b. The first seconds, in which a full"
                    + " counter empties, are left out. GCRA, token bucket and leaky bucket admit the same, so their lines often lie on each other.",
                charts(simulated, "poisson", LeasesPage::underByAlgorithm)),
            new Figure(
                "Decisions a second against block size",
                "One instance, in a closed loop; higher is better. Dashed grey: the same load without a lease, in the same turns.",
                charts(speed, "", LeasesPage::speed))),
        Stream.of(
                Stream.of(targets(speed), speedTable(speed)),
                errorTables(real, "by GCRA, on a real clock").stream(),
                errorTables(simulated, "by each algorithm, in virtual time").stream())
            .flatMap(Function.identity())
            .toList());
  }

  private static List<Row> having(List<Row> rows, Metric metric) {
    return rows.stream().filter(row -> row.get(metric) != null).toList();
  }

  private static List<Chart> charts(
      List<Row> rows, String load, BiFunction<String, List<Row>, Chart> chart) {
    return rows.stream()
        .map(row -> row.setting.load)
        .distinct()
        .filter(id -> id.startsWith(load))
        .sorted()
        .map(id -> chart.apply(
            id, rows.stream().filter(row -> row.setting.load.equals(id)).toList()))
        .toList();
  }

  private static Chart under(String load, List<Row> rows) {
    List<Line> lines = lines(rows, Metric.CALLS_PER_DECISION, Metric.UNDER_ADMITTED);
    alone(rows, Metric.UNDER_ADMITTED).ifPresent(lines::add);
    return notAdmitted(load, lines);
  }

  private static Chart underByAlgorithm(String load, List<Row> rows) {
    Map<String, List<Row>> algorithms = rows.stream()
        .filter(row -> row.setting.micros == 1e6)
        .collect(Collectors.groupingBy(Row::algorithm, LinkedHashMap::new, Collectors.toList()));
    List<Line> lines = new ArrayList<>();
    algorithms.forEach((algorithm, leased) -> lines.add(new Line(
        algorithm,
        algorithm,
        0,
        false,
        points(leased, Metric.CALLS_PER_DECISION, Metric.UNDER_ADMITTED))));
    return notAdmitted(load, lines);
  }

  private static Chart notAdmitted(String load, List<Line> lines) {
    return new Lines(load, calls(lines), new Axis("not admitted", "linear", "share"), lines);
  }

  private static Chart excess(String load, List<Row> rows) {
    List<Line> lines = lines(rows, Metric.CALLS_PER_DECISION, Metric.EXCESS);
    alone(rows, Metric.EXCESS).ifPresent(lines::add);
    int bounds = 0;
    for (List<Row> time : times(rows)) {
      List<double[]> points = time.stream()
          .filter(row -> row.value(Metric.MAX_IN_WINDOW) > 0)
          .map(row -> new double[] {
            row.value(Metric.CALLS_PER_DECISION),
            (row.value(Metric.EXCESS) + 1)
                    * row.value(Metric.BOUND_IN_WINDOW)
                    / row.value(Metric.MAX_IN_WINDOW)
                - 1
          })
          .sorted(Comparator.comparingDouble(point -> point[0]))
          .toList();
      lines.add(new Line("bound, " + name(time), "bound", bounds++, false, points));
    }
    return new Lines(load, calls(lines), new Axis("over N, in limits", "linear", "1"), lines);
  }

  private static Chart speed(String load, List<Row> rows) {
    List<Line> lines = lines(rows, null, Metric.OPERATIONS);
    List<Long> blocks = rows.stream()
        .filter(row -> row.setting.leased())
        .map(row -> row.setting.block)
        .distinct()
        .sorted()
        .toList();
    int variant = 0;
    for (Row row : rows) {
      if (!row.setting.leased()) {
        double value = row.value(Metric.OPERATIONS);
        lines.add(new Line(
            row.who(),
            "limit",
            variant++,
            false,
            blocks.stream().map(block -> new double[] {block, value}).toList()));
      }
    }
    return new Lines(
        load,
        Axis.of("block b, permits", "1", Line.all(lines, 0)),
        Axis.of("decisions a second", "1/s", Line.all(lines, 1)),
        lines);
  }

  private static Axis calls(List<Line> lines) {
    return Axis.of("Redis calls a decision", "1", Line.all(lines, 0));
  }

  /** A line for each lease time; against the block where x is null. */
  private static List<Line> lines(List<Row> rows, @Nullable Metric x, Metric y) {
    List<Line> lines = new ArrayList<>();
    for (List<Row> time : times(rows)) {
      String style = TOLD_APART.get(lines.size() % TOLD_APART.size());
      lines.add(
          new Line(name(time), style, lines.size() / TOLD_APART.size(), false, points(time, x, y)));
    }
    return lines;
  }

  private static List<double[]> points(List<Row> rows, @Nullable Metric x, Metric y) {
    return rows.stream()
        .map(row -> {
          Measurement m = row.get(y);
          double at = x == null ? row.setting.block : row.value(x);
          return m == null
              ? new double[] {at, Double.NaN}
              : new double[] {at, m.value(), m.low(), m.high()};
        })
        .filter(point -> Double.isFinite(point[0]) && Double.isFinite(point[1]))
        .sorted(Comparator.comparingDouble(point -> point[0]))
        .toList();
  }

  /** Those with a lease by its time, the one with most blocks first. */
  private static List<List<Row>> times(List<Row> rows) {
    return rows.stream()
        .filter(row -> row.setting.leased())
        .map(row -> row.setting.micros)
        .distinct()
        .map(micros -> rows.stream()
            .filter(row -> row.setting.leased() && row.setting.micros == micros)
            .toList())
        .sorted(Comparator.comparingInt(time -> -time.size()))
        .toList();
  }

  private static String name(List<Row> time) {
    return "L = " + Numbers.micros(time.get(0).setting.micros);
  }

  /** The mark of who has no lease. */
  private static Optional<Line> alone(List<Row> rows, Metric metric) {
    return rows.stream()
        .filter(row -> !row.setting.leased())
        .findFirst()
        .map(row -> new Line(row.who(), "over", 0, false, List.of(new double[] {
          row.value(Metric.CALLS_PER_DECISION), row.value(metric)
        })));
  }

  /** Whether the best lease on one hot key is as fast as it is to be. */
  private static Table targets(List<Row> speed) {
    List<Row> leased = speed.stream()
        .filter(row -> row.setting.leased() && row.setting.load.startsWith("one-hot-key"))
        .toList();
    List<List<Row>> loads = leased.stream()
        .map(row -> row.setting.load)
        .distinct()
        .sorted()
        .map(
            load -> leased.stream().filter(row -> row.setting.load.equals(load)).toList())
        .toList();
    record Verdict(Row best, Target target, Ratio ratio) {
      String met() {
        return ratio.low() >= target.least
            ? "met"
            : ratio.high() < target.least ? "not met" : "not told by this run";
      }
    }
    List<Verdict> verdicts = loads.stream()
        .flatMap(load -> TARGETS.stream()
            .flatMap(target -> load.stream()
                .flatMap(row ->
                    row.ratio(target.to).stream().map(ratio -> new Verdict(row, target, ratio)))
                .max(Comparator.comparingDouble(verdict -> verdict.ratio.value()))
                .stream()))
        .toList();
    return new Table.Of<Verdict>()
        .text("load", verdict -> verdict.best.setting.load)
        .text("best", verdict -> verdict.best.who())
        .number(
            "target",
            verdict ->
                "%s× %s".formatted(Numbers.ratio(verdict.target.least), name(verdict.target.to)))
        .column(new Column("", "measured", true), verdict -> cell(Optional.of(verdict.ratio)))
        .text("", Verdict::met)
        .rows("Is a lease on one hot key as fast as it is meant to be?", verdicts);
  }

  private static String name(String to) {
    return switch (to) {
      case MEMORY -> "in memory";
      case CALLS -> "a call a decision";
      default -> to;
    };
  }

  private static Table speedTable(List<Row> speed) {
    Table.Of<Row> table = new Table.Of<Row>()
        .text("who", Row::who)
        .text("load", row -> row.setting.load)
        .measured("decisions a second", row -> row.get(Metric.OPERATIONS))
        .measured("Redis calls a decision", row -> row.get(Metric.CALLS_PER_DECISION))
        .measured("processor time a decision", row -> row.get(Metric.CPU_PER_DECISION));
    for (String other : List.of(MEMORY, CALLS, BATCHES)) {
      table.column(
          new Column("ratio, turn by turn", "to " + name(other), true),
          row -> cell(row.ratio(other)));
    }
    return table.rows("One instance in a closed loop, with 95 % intervals", byLoad(speed));
  }

  private static Cell cell(Optional<Ratio> ratio) {
    return ratio
        .map(r -> Cell.of(Numbers.ratio(r.value()) + "×", Numbers.interval(r)))
        .orElse(Cell.of("–"));
  }

  private static List<Table> errorTables(List<Row> error, String how) {
    return error.stream()
        .map(row -> row.setting.load)
        .distinct()
        .sorted()
        .map(load -> errorTable(
            load + ", " + how,
            error.stream().filter(row -> row.setting.load.equals(load)).toList()))
        .toList();
  }

  private static Table errorTable(String load, List<Row> rows) {
    Table.Of<Row> table = new Table.Of<Row>();
    if (rows.get(0).simulated()) {
      table.text("algorithm", Row::algorithm);
    }
    table.text("who", Row::who);
    Stream.of(
            Metric.CALLS_PER_DECISION,
            Metric.ADMITTED,
            Metric.UNDER_ADMITTED,
            Metric.OVER_ADMITTED,
            Metric.LAPSED,
            Metric.MAX_IN_WINDOW,
            Metric.BOUND_IN_WINDOW,
            Metric.WORST_RATIO)
        .forEach(metric -> table.measured(metric.label(), row -> row.get(metric)));
    return table.rows(
        "Several instances together under %s, beside one central counter asked at the same instants"
            .formatted(load),
        rows);
  }

  private static List<Row> byLoad(List<Row> rows) {
    return rows.stream().sorted(Comparator.comparing(row -> row.setting.load)).toList();
  }
}
