package dev.ratelab.reports.results;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One measured number and everything needed to say what it is. The names in use are listed in {@code
 * docs/results-format.md}.
 *
 * @param experiment what was run, for example {@code throughput}
 * @param algorithm the algorithm's id, or {@code none} for a row that involves none
 * @param backend {@code memory}, {@code redis}, {@code redis-cluster}, {@code simulated} or {@code none}
 * @param client {@code lettuce}, {@code jedis}, a peer's name or {@code none}
 * @param subject {@code ratelab}, a peer's name, or {@code limit} for a physical limit of the same
 *     run
 * @param unit the number's unit, {@code 1} for a share
 * @param low lower end of the 95 % interval; equal to {@code value} when the number is exact
 * @param high upper end of the 95 % interval; equal to {@code value} when the number is exact
 * @param raw the file under the results directory that the number was computed from, such as {@code
 *     raw/burst-gcra.csv}, or null
 * @param ratios this number over those of others, measured in turns beside them
 */
public record Measurement(
    String experiment,
    String algorithm,
    String backend,
    String client,
    String subject,
    String workload,
    int threads,
    String metric,
    String unit,
    double value,
    double low,
    double high,
    long samples,
    @Nullable String raw,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Ratio> ratios) {

  /** The subject of everything Ratelab itself was measured at. */
  public static final String RATELAB = "ratelab";

  /** The subject of a row that no limiter can beat: a clock read, a PING, an empty script. */
  public static final String LIMIT = "limit";

  /** The value of a field that does not apply. */
  public static final String NONE = "none";

  /** The backend of what was played in virtual time. */
  public static final String SIMULATED = "simulated";

  private static final List<String> NAMES =
      List.of("experiment algorithm backend client subject workload metric unit".split(" ", -1));

  // A page links to this path, so it must not be able to point anywhere else.
  private static final Pattern RAW_PATH = Pattern.compile("raw/[A-Za-z0-9][A-Za-z0-9._+-]*");

  /**
   * Checks every field.
   *
   * @throws IllegalArgumentException if a name is blank, a number is not finite, {@code low ≤ value
   *     ≤ high} does not hold, or {@code raw} is not a plain file name under {@code raw/}
   */
  public Measurement {
    ratios = List.copyOf(ratios);
    List<String> names =
        List.of(experiment, algorithm, backend, client, subject, workload, metric, unit);
    for (int i = 0; i < names.size(); i++) {
      if (names.get(i).isBlank()) {
        throw new IllegalArgumentException(
            NAMES.get(i) + " must not be blank; use \"" + NONE + "\" where it does not apply");
      }
    }
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, but is " + threads);
    }
    requireFinite("value", value);
    requireFinite("low", low);
    requireFinite("high", high);
    if (low > value || value > high) {
      throw new IllegalArgumentException(
          "low ≤ value ≤ high must hold, but low=%s value=%s high=%s".formatted(low, value, high));
    }
    if (samples < 1) {
      throw new IllegalArgumentException("samples must be at least 1, but is " + samples);
    }
    if (raw != null && !RAW_PATH.matcher(raw).matches()) {
      throw new IllegalArgumentException(
          "raw must be a file name under raw/ made of letters, digits and . _ + -, but is \"%s\""
              .formatted(raw));
    }
  }

  /** True when the number was counted or computed, not sampled, so that it has no interval. */
  public boolean exact() {
    return low == high;
  }

  /** Where it was decided: {@code memory}, {@code redis over lettuce}. */
  public String place() {
    if (client.equals(NONE)) {
      return backend;
    }
    return backend.equals(NONE) ? client : backend + " over " + client;
  }

  /** The same with ratios. */
  public Measurement withRatios(List<Ratio> ratios) {
    return series().measurement(metric, unit, value, low, high, samples, ratios);
  }

  /** The ratio to a peer or a physical limit of this name, if it was measured turn by turn. */
  public Optional<Ratio> ratioTo(String name) {
    return ratios.stream().filter(ratio -> ratio.to().equals(name)).findFirst();
  }

  /** Everything about this measurement but its number. */
  public Series series() {
    return new Series(experiment, algorithm, backend, client, subject, workload, threads, raw);
  }

  /** What is measured here: equal in two runs for the rows that can be compared. */
  public Identity identity() {
    return new Identity(series().raw(null), metric, unit);
  }

  /** A measurement without its numbers and without its file. */
  public record Identity(Series series, String metric, String unit) {
    /** The fields in the order of the format, for messages. */
    @Override
    public String toString() {
      return "%s, %s, %s, %s, %s, %s, threads %s, %s in %s"
          .formatted(
              series.experiment(),
              series.algorithm(),
              series.backend(),
              series.client(),
              series.subject(),
              series.workload(),
              series.threads(),
              metric,
              unit);
    }
  }

  private static void requireFinite(String field, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(field + " must be a finite number, but is " + value);
    }
  }
}
