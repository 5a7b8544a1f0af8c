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
 * Everything that an experiment of ours measures. {@code docs/results-format.md} says what each means, and a test
 * holds the two against each other. A results file may hold other metrics too, a profiler's for example: they are shown and not
 * judged.
 */
public enum Metric {
  OPERATIONS(
      "operations", PER_SECOND, HIGHER, "throughput scaling cluster leases", "decisions a second"),
  BYTES_PER_DECISION("bytes-per-decision", BYTES, LOWER, "throughput scaling"),
  UNSTEADY("unsteady", SHARE, NEITHER, "throughput scaling"),
  TIME_PER_DECISION("time-per-decision", MICROSECONDS, LOWER, "scaling"),
  P50("p50", MICROSECONDS, LOWER, "latency http simulation"),
  P90("p90", MICROSECONDS, LOWER, "latency http"),
  P99("p99", MICROSECONDS, LOWER, "latency http simulation"),
  P99_9("p99.9", MICROSECONDS, LOWER, "latency http"),
  MAX("max", MICROSECONDS, NEITHER, "latency http scaling"),
  RATE("rate", PER_SECOND, NEITHER, "latency http"),
  COMPLETED("completed", PER_SECOND, NEITHER, "latency http"),
  LATE("late", SHARE, NEITHER, "latency http"),
  ERRORS("errors", Unit.REQUESTS, NEITHER, "http"),
  TIMEOUTS("timeouts", Unit.REQUESTS, NEITHER, "http"),
  SLO_RATE("slo-rate", PER_SECOND, HIGHER, "http", "rate that holds the objective"),
  MAX_IN_WINDOW("max-in-window", PERMITS, LOWER, "burst leases", "E(W)"),
  BOUND_IN_WINDOW("bound-in-window", PERMITS, NEITHER, "burst leases", "its bound"),
  WORST_RATIO("worst-ratio", RATIO, NEITHER, "burst leases", "worst E(τ) / bound"),
  REQUESTS("requests", Unit.REQUESTS, NEITHER, "accuracy replication simulation"),
  DENIED("denied", Unit.REQUESTS, NEITHER, "accuracy"),
  WRONGLY_ALLOWED("wrongly-allowed", Unit.REQUESTS, LOWER, "accuracy"),
  WRONGLY_DENIED("wrongly-denied", Unit.REQUESTS, LOWER, "accuracy"),
  DIFFER("differ", SHARE, LOWER, "accuracy", "decided differently"),
  BYTES_PER_KEY("bytes-per-key", BYTES, LOWER, "memory"),
  SCRIPT_TIME(
      "usec-per-script", MICROSECONDS, LOWER, "redis-cost tenant-cost", "time in the script"),
  SCRIPTS_PER_DECISION("scripts-per-decision", RATIO, LOWER, "redis-cost cluster"),
  CPU_PER_DECISION(
      "cpu-per-decision",
      MICROSECONDS,
      LOWER,
      "redis-cost tenant-cost throughput scaling cluster leases",
      "processor time a decision"),
  COMMANDS_PER_DECISION("commands-per-decision", RATIO, LOWER, "redis-cost tenant-cost"),
  NETWORK_BYTES_PER_DECISION(
      "network-bytes-per-decision",
      BYTES,
      LOWER,
      "redis-cost",
      "bytes over the network a decision"),
  BUSIEST_NODE_SHARE("busiest-node-share", SHARE, NEITHER, "tenant-cost cluster"),
  BUSIEST_NODE_CPU(
      "busiest-node-cpu-per-decision",
      MICROSECONDS,
      LOWER,
      "cluster",
      "busiest node, time a decision"),
  CALLER_CPU(
      "caller-cpu-per-decision",
      MICROSECONDS,
      LOWER,
      "cluster",
      "processor time of the caller a decision"),
  SERVER_CPU(
      "server-cpu-per-decision",
      MICROSECONDS,
      LOWER,
      "throughput",
      "processor time of Redis a decision"),
  SOURCES("sources", RATIO, NEITHER, "replication"),
  SHARE_DENIED("denied", SHARE, NEITHER, "replication"),
  SHARE_WRONGLY_ALLOWED("wrongly-allowed", SHARE, NEITHER, "replication"),
  SHARE_WRONGLY_DENIED("wrongly-denied", SHARE, NEITHER, "replication"),
  OWN_OVER("own-over", SHARE, NEITHER, "replication"),
  OWN_NEEDLESS("own-needless", SHARE, NEITHER, "replication"),
  OWN_ERROR("own-error", SHARE, NEITHER, "replication"),
  OFFERED_MISSED("offered-missed", SHARE, NEITHER, "replication"),
  OFFERED_FALSE("offered-false", SHARE, NEITHER, "replication"),
  OFFERED_ERROR("offered-error", SHARE, NEITHER, "replication"),
  FALSE_ALARMS("false-alarms", SHARE, LOWER, "resolution"),
  FOUND("found", SHARE, HIGHER, "resolution"),
  HALF_WIDTH("half-width", SHARE, LOWER, "resolution"),
  SLOWED("slowed", RATIO, NEITHER, "resolution"),
  ADMITTED("admitted", SHARE, NEITHER, "simulation simulation-validation leases", "share admitted"),
  OVER_ADMITTED("over-admitted", SHARE, LOWER, "simulation simulation-validation leases"),
  UNDER_ADMITTED("under-admitted", SHARE, LOWER, "simulation simulation-validation leases"),
  EXCESS(
      "excess",
      RATIO,
      LOWER,
      "simulation simulation-validation leases",
      "over N in the worst window, in N"),
  CALLS_PER_DECISION(
      "calls-per-decision",
      RATIO,
      LOWER,
      "simulation simulation-validation leases",
      "Redis calls a decision"),
  LAPSED(
      "lapsed", SHARE, LOWER, "simulation simulation-validation leases", "borrowed and not spent"),
  REDIS_CALLS("redis-calls", PER_SECOND, LOWER, "simulation", "Redis calls a second"),
  BUSIEST_SHARD("busiest-shard", SHARE, LOWER, "simulation", "load of the busiest shard"),
  MEAN_SHARD("mean-shard", SHARE, LOWER, "simulation", "mean load of a shard"),
  DECISIONS("decisions", PER_SECOND, NEITHER, "simulation", "decisions asked for a second"),
  SIMULATED("simulated", PER_SECOND, NEITHER, "simulation", "simulated decisions a second"),
  OVER_PROMISE(
      "over-promise",
      PERMITS,
      LOWER,
      "simulation leases",
      "permits over E(τ) in the worst interval"),
  UNANSWERED("unanswered", SHARE, LOWER, "simulation leases"),
  CRASHED("crashed", SHARE, NEITHER, "simulation"),
  MEAN_DELAY("mean-delay", MICROSECONDS, LOWER, "simulation"),
  LIGHT("light", SHARE, NEITHER, "simulation", "for keys without a counter"),
  LIGHT_WRONG("light-wrong", SHARE, NEITHER, "simulation", "bound of what is wrong among them"),
  PROPERTY("property", RATIO, HIGHER, "verification");

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
  private final String experiments;

  Metric(String id, Unit unit, Better better, String experiments) {
    this(id, unit, better, experiments, id.replace('-', ' '));
  }

  Metric(String id, Unit unit, Better better, String experiments, String label) {
    this.id = id;
    this.unit = unit;
    this.better = better;
    this.experiments = experiments;
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
