package dev.ratelab.verification.search;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleRule;
import dev.ratelab.verification.property.Arrival;
import dev.ratelab.verification.property.Scenario;
import dev.ratelab.verification.search.LocalSearch.Effort;
import dev.ratelab.verification.subject.TransitionSubject;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The tables of {@code docs/worst-case.md}: the catalogue's bound, the worst found, and their ratio. */
public final class WorstCase {
  private static final long[][] SMALL = {{1, 4}, {2, 3}, {3, 6}, {4, 12}, {6, 8}};
  private static final long[][] TINY = {{1, 4}, {2, 3}, {3, 4}, {3, 6}};
  private static final long[] LARGE = {100, 1000};
  private static final Effort JAVA = new Effort(8, 60);
  private static final Effort LUA = new Effort(2, 8);
  private static final String ROW = "| `%s` | %s | %s | %s | %s | %s |%n";

  private WorstCase() {}

  /** A line of the table of small limits: what was made as large as possible, what it may be at most, and the worst there is. */
  public record Row(String algorithm, Limit limit, String what, long bound, long worst) {}

  /** All arrivals whatever at small limits: each row is exact, and proved by having visited every state. */
  public static List<Row> exhaustive() {
    List<Row> rows = new ArrayList<>();
    for (Algorithm algorithm : Algorithm.values()) {
      for (long[] size : SMALL) {
        Limit limit = new Limit(size[0], size[1], size[0]);
        admitted(rows, algorithm, limit, Transition.of(algorithm, limit));
      }
    }
    for (long[] size : SMALL) {
      Limit limit = new Limit(size[0], size[1], size[0]);
      int window = Math.toIntExact(limit.windowMicros());
      long[] output =
          Exhaustive.output(Transition.of(Algorithm.LEAKY_BUCKET, limit), limit, 3 * window);
      for (int windows = 1; windows <= 3; windows++) {
        int tau = windows * window;
        rows.add(new Row(
            Algorithm.LEAKY_BUCKET.id(),
            limit,
            "output, " + interval(windows),
            Oracle.of("leaky-bucket", Scenario.rule(limit)).outputBound(tau).longValueExact(),
            output[tau]));
      }
    }
    return rows;
  }

  private static <S> void admitted(
      List<Row> rows, Algorithm algorithm, Limit limit, Transition<S> transition) {
    int window = Math.toIntExact(limit.windowMicros());
    Exhaustive.Worst worst = Exhaustive.admitted(transition, limit, 3 * window);
    for (int windows = 1; windows <= 3; windows++) {
      int tau = windows * window;
      long bound = Oracle.of(algorithm.id(), Scenario.rule(limit)).bound(tau).longValueExact();
      rows.add(new Row(algorithm.id(), limit, interval(windows), bound, worst.most(tau)));
    }
  }

  /** All arrivals whatever at small limits, and what an exact log with a history of its own admits of what is denied. */
  public static List<Row> wronglyDenied() {
    List<Row> rows = new ArrayList<>();
    for (Algorithm algorithm : Algorithm.values()) {
      for (long[] size : TINY) {
        Limit limit = new Limit(size[0], size[1], size[0]);
        int window = Math.toIntExact(limit.windowMicros());
        Exhaustive.Worst worst =
            Exhaustive.wronglyDenied(Transition.of(algorithm, limit), limit, 3 * window);
        for (int windows = 1; windows <= 3; windows += 2) {
          // The log itself admits no more, and only what it admits can be wrongly denied.
          long bound = Oracle.of("sliding-window-log", Scenario.rule(limit))
              .bound((long) windows * window)
              .longValueExact();
          rows.add(new Row(
              algorithm.id(), limit, interval(windows), bound, worst.most(windows * window)));
        }
      }
    }
    return rows;
  }

  /** A line of the table of large limits: what the adversary found against the transitions, and against the scripts. */
  public record LargeRow(Row java, long lua) {}

  /** The adversary against large limits. The same seed makes the same search. */
  public static List<LargeRow> adversary(long seed, VerifiedSubject lua) {
    VerifiedSubject java = new TransitionSubject();
    List<LargeRow> rows = new ArrayList<>();
    for (Algorithm algorithm : Algorithm.values()) {
      for (long permits : LARGE) {
        Policy policy = Policy.of("p", algorithm, Limit.of(permits, Duration.ofSeconds(1)));
        OracleRule rule = Scenario.rule(policy.limit());
        for (long tau : new long[] {1, 2, rule.window(), 2 * rule.window()}) {
          rows.add(largeRow(
              policy,
              "E(%s)".formatted(text(tau, rule.window())),
              Oracle.of(algorithm.id(), rule).bound(tau).longValueExact(),
              (subject, effort, known) ->
                  LocalSearch.admitted(subject, policy, tau, effort, seed, known),
              java,
              lua));
        }
        Policy log = Policy.of("p", Algorithm.SLIDING_WINDOW_LOG, policy.limit());
        rows.add(largeRow(
            policy,
            "wrongly denied in W",
            permits,
            (subject, effort, known) -> LocalSearch.wronglyDenied(
                subject, policy, java, log, rule.window(), effort, seed, known),
            java,
            lua));
      }
    }
    return rows;
  }

  private interface Search {
    LocalSearch.Found run(VerifiedSubject subject, Effort effort, List<Arrival> known);
  }

  private static LargeRow largeRow(
      Policy policy,
      String what,
      long bound,
      Search search,
      VerifiedSubject java,
      VerifiedSubject lua) {
    LocalSearch.Found worst = search.run(java, JAVA, List.of());
    return new LargeRow(
        new Row(policy.algorithm().id(), policy.limit(), what, bound, worst.reached()),
        search.run(lua, LUA, worst.arrivals()).reached());
  }

  public static String tables(long seed, VerifiedSubject lua) {
    StringBuilder text = new StringBuilder("### Every arrival sequence, small limits\n\n");
    table(text, exhaustive());
    text.append("\n### Denied though the exact log beside it admits, small limits\n\n");
    table(text, wronglyDenied());
    text.append("\n### One decision against the truth of its own history, small limits\n\n");
    misjudged(text);
    text.append("\n### An adversary, large limits\n\n");
    text.append("| algorithm | N, W | goal | bound | worst, Java | worst, Lua | ratio |\n");
    text.append("|---|---|---|---:|---:|---:|---:|\n");
    for (LargeRow row : adversary(seed, lua)) {
      Row java = row.java;
      text.append("| `%s` | %s, 1 s | %s | %s | %s | %s | %s |%n"
          .formatted(
              java.algorithm,
              java.limit.permits(),
              java.what,
              java.bound,
              java.worst,
              row.lua,
              ratio(Math.max(java.worst, row.lua), java.bound)));
    }
    return text.toString().replace(System.lineSeparator(), "\n");
  }

  private static void table(StringBuilder text, List<Row> rows) {
    text.append("| algorithm | N, W | τ | bound | worst | ratio |\n");
    text.append("|---|---|---|---:|---:|---:|\n");
    for (Row row : rows) {
      text.append(ROW.formatted(
          row.algorithm,
          size(row.limit),
          row.what,
          row.bound,
          row.worst,
          ratio(row.worst, row.bound)));
    }
  }

  private static void misjudged(StringBuilder text) {
    text.append(
        "| algorithm | N, W | needlessly denied, at most | admitted over the limit, at most | rate under pressure, per window |\n");
    text.append("|---|---|---:|---:|---:|\n");
    for (Algorithm algorithm : Algorithm.values()) {
      for (long[] size : TINY) {
        Limit limit = new Limit(size[0], size[1], size[0]);
        Exhaustive.Misjudged misjudged =
            Exhaustive.misjudged(Transition.of(algorithm, limit), limit);
        text.append("| `%s` | %s | %s | %s | %s |%n"
            .formatted(
                algorithm.id(),
                size(limit),
                misjudged.needless(),
                misjudged.over(),
                String.format(
                    Locale.ROOT,
                    "%.2f",
                    Exhaustive.saturatedRate(Transition.of(algorithm, limit), limit))));
      }
    }
  }

  private static String ratio(long worst, long bound) {
    return String.format(Locale.ROOT, "%.3f", (double) worst / bound);
  }

  private static String size(Limit limit) {
    return "%s, %s".formatted(limit.permits(), limit.windowMicros());
  }

  private static String interval(int windows) {
    return windows == 1 ? "W" : windows + "W";
  }

  private static String text(long tau, long window) {
    return tau < window ? Long.toString(tau) : interval(Math.toIntExact(tau / window));
  }
}
