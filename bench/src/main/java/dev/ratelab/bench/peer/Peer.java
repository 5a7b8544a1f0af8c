package dev.ratelab.bench.peer;

import dev.ratelab.bench.Subject;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.verification.oracle.Oracle;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A rate limiter of others, and what a reader must know to compare it.
 *
 * @param backend {@code memory} or {@code redis}
 * @param client {@code lettuce}, {@code jedis}, its own client's name, or {@code none} in memory
 * @param algorithm the id of the algorithm that it is an instance of, or {@code none}
 * @param takes what it can be given beside a key
 * @param library a class of its jar, which tells its version
 * @param opening makes it ready, from an empty state
 * @param bound the promise of its terms, as a curve
 */
public record Peer(
    String name,
    String backend,
    String client,
    String algorithm,
    Set<Takes> takes,
    Class<?> library,
    Function<Setting, PeerLimiter> opening,
    PeerBound bound,
    Terms terms) {

  /** What a peer can be given beside a key. */
  public enum Takes {
    /** How many permits a request asks for. */
    COST,
    /** A clock of the caller's. */
    CLOCK
  }

  /**
   * What a peer promises, each in a sentence.
   *
   * @param difference where its configuration cannot say a limit of ours
   * @param keyed how it tells keys apart
   * @param atomicity how a decision is made one, and at how many round trips
   */
  public record Terms(
      String promise,
      String difference,
      String decision,
      String keyed,
      String expiry,
      String atomicity) {}

  /**
   * What a peer is opened with.
   *
   * @param limit what to enforce; where its configuration cannot say it exactly, the nearest that it can
   * @param redisUrl a Redis, or null in memory
   * @param namespace begins every name it writes to Redis
   * @param clock what to decide by where the peer takes a clock, or null for its own
   * @param shared whether others go on with its state in Redis when it is closed
   */
  public record Setting(
      Limit limit,
      @Nullable String redisUrl,
      String namespace,
      Duration deadline,
      @Nullable TimeSource clock,
      boolean shared) {

    /** On the peer's own clock, its state for nobody else. */
    public Setting(Limit limit, @Nullable String redisUrl, String namespace, Duration deadline) {
      this(limit, redisUrl, namespace, deadline, null, false);
    }

    String redis() {
      if (redisUrl == null) {
        throw new IllegalStateException("this run has no Redis");
      }
      return redisUrl;
    }
  }

  /** For people, for example {@code bucket4j, redis over jedis}. */
  @Override
  public String toString() {
    return name + ", " + backend + (client.equals(Measurement.NONE) ? "" : " over " + client);
  }

  /** Whether it decides in virtual time: in this process, by a clock of the caller's. */
  public boolean inVirtualTime() {
    return backend.equals(Subject.MEMORY) && takes.contains(Takes.CLOCK);
  }

  /**
   * The most that it promises to admit, in permits, in an interval of so many microseconds, asked for one permit at a time.
   *
   * @param onGivenClock whether it decides by a clock of the caller's, which counts microseconds, and not by its own
   */
  public LongUnaryOperator bound(Limit limit, boolean onGivenClock) {
    Oracle oracle = Oracle.of(algorithm, bound.rule().apply(limit));
    long unseen = onGivenClock ? 0 : bound.unitMicros() - 1;
    return tau -> oracle.outputBound(tau + unseen).longValueExact();
  }

  /** What is measured: as its jar says, for example {@code 33.8.0-jre}. */
  public String version() {
    return Objects.requireNonNullElse(CodeLocation.version(library), "(unknown)");
  }
}
