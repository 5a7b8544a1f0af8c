package dev.ratelab.reports.results;

import static dev.ratelab.reports.results.Metric.Better.HIGHER;
import static dev.ratelab.reports.results.Metric.Better.LOWER;
import static dev.ratelab.reports.results.Metric.Better.NEITHER;
import static dev.ratelab.reports.results.Unit.BYTES;
import static dev.ratelab.reports.results.Unit.MICROSECONDS;
import static dev.ratelab.reports.results.Unit.PERMITS;
import static dev.ratelab.reports.results.Unit.PER_SECOND;
import static dev.ratelab.reports.results.Unit.RATIO;
import static dev.ratelab.reports.results.Unit.SHARE;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Everything that an experiment of ours measures. {@code docs/results-format.md} has the same table, and a test holds
 * the two against each other. A results file may hold other metrics too, a profiler's for example: they are shown and not
 * judged.
 */
public enum Metric {
  OPERATIONS(
      "operations",
      PER_SECOND,
      HIGHER,
      "throughput scaling",
      "decisions a second, all threads together",
      "decisions a second"),
  BYTES_PER_DECISION(
      "bytes-per-decision", BYTES, LOWER, "throughput scaling", "heap that a decision allocates"),
  UNSTEADY(
      "unsteady", SHARE, NEITHER, "throughput scaling", "share of forks that still had a trend"),
  TIME_PER_DECISION(
      "time-per-decision", MICROSECONDS, LOWER, "scaling", "time between two answers"),
  P50("p50", MICROSECONDS, LOWER, "latency http", "half of the requests took no longer"),
  P90("p90", MICROSECONDS, LOWER, "latency http", "90 % of the requests took no longer"),
  P99("p99", MICROSECONDS, LOWER, "latency http", "99 % of the requests took no longer"),
  P99_9("p99.9", MICROSECONDS, LOWER, "latency http", "99.9 % of the requests took no longer"),
  MAX("max", MICROSECONDS, NEITHER, "latency http", "the worst observation, without an interval"),
  RATE("rate", PER_SECOND, NEITHER, "latency http", "arrivals offered"),
  COMPLETED("completed", PER_SECOND, NEITHER, "latency http", "requests that got a proper answer"),
  LATE(
      "late",
      SHARE,
      NEITHER,
      "latency http",
      "share of arrivals that the generator itself sent late"),
  ERRORS("errors", Unit.REQUESTS, NEITHER, "http", "unexpected statuses and broken connections"),
  TIMEOUTS("timeouts", Unit.REQUESTS, NEITHER, "http", "requests without an answer in time"),
  SLO_RATE(
      "slo-rate",
      PER_SECOND,
      HIGHER,
      "http",
      "the highest rate that held the objective; 0 if none did",
      "rate that holds the objective"),
  MAX_IN_WINDOW(
      "max-in-window", PERMITS, LOWER, "burst", "the most that one window let through", "E(W)"),
  BOUND_IN_WINDOW(
      "bound-in-window", PERMITS, NEITHER, "burst", "the most that E(W) can be", "its bound"),
  WORST_RATIO(
      "worst-ratio",
      RATIO,
      NEITHER,
      "burst",
      "largest measured E(τ) / bound(τ)",
      "worst E(τ) / bound"),
  REQUESTS("requests", Unit.REQUESTS, NEITHER, "accuracy replication", "requests sent"),
  DENIED("denied", Unit.REQUESTS, NEITHER, "accuracy", "of those, denied"),
  WRONGLY_ALLOWED(
      "wrongly-allowed", Unit.REQUESTS, LOWER, "accuracy", "admitted, and the exact log denies"),
  WRONGLY_DENIED(
      "wrongly-denied", Unit.REQUESTS, LOWER, "accuracy", "denied, and the exact log admits"),
  DIFFER(
      "differ",
      SHARE,
      LOWER,
      "accuracy",
      "share of requests decided differently",
      "decided differently"),
  BYTES_PER_KEY("bytes-per-key", BYTES, LOWER, "memory", "bytes that one more live key takes"),
  SCRIPT_TIME(
      "usec-per-script",
      MICROSECONDS,
      LOWER,
      "redis-cost tenant-cost",
      "time that a script ran",
      "time in the script"),
  SCRIPTS_PER_DECISION("scripts-per-decision", RATIO, LOWER, "redis-cost", "scripts run"),
  CPU_PER_DECISION(
      "cpu-per-decision",
      MICROSECONDS,
      LOWER,
      "redis-cost tenant-cost",
      "processor time of the servers",
      "processor time a decision"),
  COMMANDS_PER_DECISION(
      "commands-per-decision",
      RATIO,
      LOWER,
      "redis-cost tenant-cost",
      "commands executed, a script's calls included"),
  NETWORK_BYTES_PER_DECISION(
      "network-bytes-per-decision",
      BYTES,
      LOWER,
      "redis-cost",
      "bytes received and sent",
      "bytes over the network a decision"),
  BUSIEST_NODE_SHARE(
      "busiest-node-share",
      SHARE,
      NEITHER,
      "tenant-cost",
      "share of all scripts that the busiest node ran"),
  SOURCES("sources", RATIO, NEITHER, "replication", "sources that sent them"),
  SHARE_DENIED("denied", SHARE, NEITHER, "replication", "share denied by the counter"),
  SHARE_WRONGLY_ALLOWED(
      "wrongly-allowed", SHARE, NEITHER, "replication", "share admitted, and the exact log denies"),
  SHARE_WRONGLY_DENIED(
      "wrongly-denied", SHARE, NEITHER, "replication", "share denied, and the exact log admits"),
  OWN_OVER("own-over", SHARE, NEITHER, "replication", "share admitted against the truth"),
  OWN_NEEDLESS("own-needless", SHARE, NEITHER, "replication", "share denied against the truth"),
  OWN_ERROR("own-error", SHARE, NEITHER, "replication", "mean of abs(estimate - truth) / truth"),
  OFFERED_MISSED(
      "offered-missed",
      SHARE,
      NEITHER,
      "replication",
      "share said to be within the limit, wrongly"),
  OFFERED_FALSE(
      "offered-false", SHARE, NEITHER, "replication", "share said to be above the limit, wrongly"),
  OFFERED_ERROR(
      "offered-error", SHARE, NEITHER, "replication", "mean of abs(estimate - truth) / truth"),
  PROPERTY("property", RATIO, HIGHER, "verification", "1 if it held in every case tried, 0 if not");

  /** Which direction of a number is the better one. */
  public enum Better {
    HIGHER,
    LOWER,
    /** Shown, never judged. */
    NEITHER
  }

  /** The percentiles of a latency, ascending. */
  public static final List<Metric> PERCENTILES = List.of(P50, P90, P99, P99_9);

  private final String id;
  private final Unit unit;
  private final Better better;
  private final String label;
  private final String meaning;
  private final String experiments;

  Metric(String id, Unit unit, Better better, String experiments, String meaning) {
    this(id, unit, better, experiments, meaning, id.replace('-', ' '));
  }

  Metric(String id, Unit unit, Better better, String experiments, String meaning, String label) {
    this.id = id;
    this.unit = unit;
    this.better = better;
    this.experiments = experiments;
    this.meaning = meaning;
    this.label = label;
  }

  /** As {@code results.json} has it; within one experiment it tells the metric. */
  public String id() {
    return id;
  }

  public Unit unit() {
    return unit;
  }

  public Better better() {
    return better;
  }

  /** A few words for a table's heading or a plot's axis. */
  public String label() {
    return label;
  }

  /** What the number says, in a sentence without its full stop. */
  public String meaning() {
    return meaning;
  }

  /** The experiments that measure it. */
  public List<String> experiments() {
    return List.of(experiments.split(" ", -1));
  }

  /** What a measurement is one of; empty if this version does not know it. */
  public static Optional<Metric> of(Measurement m) {
    return Arrays.stream(values()).filter(metric -> metric.is(m)).findFirst();
  }

  /** Whether a measurement is one of this. */
  public boolean is(Measurement m) {
    return id.equals(m.metric()) && experiments().contains(m.experiment());
  }
}
