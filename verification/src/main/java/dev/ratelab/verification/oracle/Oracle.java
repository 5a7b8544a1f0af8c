package dev.ratelab.verification.oracle;

import java.math.BigInteger;
import java.util.function.LongPredicate;

/**
 * A naive sequential model of one key. An algorithm only says when it admits; everything else in the answer follows from
 * that by search, because waiting never makes an admission less likely and neither does a smaller cost.
 *
 * <p>Times are whole microseconds, not negative and never falling.
 */
public abstract class Oracle {
  private final OracleRule rule;

  Oracle(OracleRule rule) {
    this.rule = rule;
  }

  /**
   * A model without a history, by its name in the catalogue, or by that of a command of docs/redis-commands.md. Throws {@link
   * IllegalArgumentException} if there is none of that name.
   */
  public static Oracle of(String algorithm, OracleRule rule) {
    return switch (algorithm) {
      case "fixed-window" -> new FixedWindowModel(rule);
      case "sliding-window-counter" -> new CounterModel(rule, 1);
      case "sliding-window-buckets" -> new CounterModel(rule, rule.buckets());
      case "sliding-window-log" -> new ExactLogModel(rule);
      case "token-bucket" -> new TokenBucketModel(rule);
      case "gcra" -> new GcraModel(rule);
      case "leaky-bucket" -> new LeakyBucketModel(rule);
      case "increx" -> new IncrexModel(rule, true);
      case "increx-without-enx" -> new IncrexModel(rule, false);
      case "cl.throttle" -> new ThrottleModel(rule);
      default ->
        throw new IllegalArgumentException(
            "%s has no model: write one in verification's oracle package and name it in Oracle.of"
                .formatted(algorithm));
    };
  }

  /** Whether a request at this instant would be admitted if nothing arrived in between. Changes nothing. */
  abstract boolean admits(long at, BigInteger cost);

  abstract void charge(long at, BigInteger cost);

  /** The catalogue's bound on E(τ), τ over 0: the most that is ever admitted in so many consecutive microseconds. */
  public abstract BigInteger bound(long tau);

  /** As {@link #bound}, of what leaves after its delay. */
  public BigInteger outputBound(long tau) {
    return bound(tau);
  }

  /**
   * Instants of an attack that reaches the bound, from its first to its last: at each of them all is taken that there is.
   *
   * @param from none lies before
   * @param portion which of the lengths that the algorithm's bound is reached at, 0 to 1
   */
  public abstract long[] worst(long from, double portion);

  /** How long after its last admission a state can count, by the catalogue's table, in microseconds. */
  public abstract long longestLife();

  /** How many buckets a window the algorithm estimates the last window's cost from, or 0 where it does not estimate. */
  public int buckets() {
    return 0;
  }

  /** How long a request that is admitted at this instant is held back, in microseconds. */
  long delay(long at) {
    return 0;
  }

  public final OracleAnswer check(long at, long cost) {
    return answer(at, cost, true);
  }

  /**
   * What {@link #check} would say of a request that is not charged whatever it says: {@code remaining} and {@code resetAfter} are
   * those without it, and nothing is held back.
   */
  public final OracleAnswer look(long at, long cost) {
    return answer(at, cost, false);
  }

  private OracleAnswer answer(long at, long cost, boolean charged) {
    boolean allowed = admits(at, BigInteger.valueOf(cost));
    long delay = 0;
    if (allowed && charged) {
      delay = delay(at);
      charge(at, BigInteger.valueOf(cost));
    }
    return new OracleAnswer(
        allowed, remaining(at), allowed ? 0 : waitFor(at, cost), waitFor(at, rule.burst()), delay);
  }

  /** How many requests of cost 1 are admitted at this instant. */
  public final long remaining(long at) {
    return first(0, rule.burst() + 1, cost -> !admits(at, BigInteger.valueOf(cost))) - 1;
  }

  private long waitFor(long at, long cost) {
    BigInteger wanted = BigInteger.valueOf(cost);
    if (admits(at, wanted)) {
      return 0;
    }
    long denied = 0;
    long admitted = 1;
    while (!admits(at + admitted, wanted)) {
      denied = admitted;
      admitted *= 2;
    }
    return first(denied, admitted, wait -> admits(at + wait, wanted));
  }

  /** The first number over one that does not fit and up to one that does, from which on all fit. */
  private static long first(long no, long yes, LongPredicate fits) {
    long last = no;
    long found = yes;
    while (found - last > 1) {
      long middle = last + (found - last) / 2;
      if (fits.test(middle)) {
        found = middle;
      } else {
        last = middle;
      }
    }
    return found;
  }

  final BigInteger permits() {
    return BigInteger.valueOf(rule.permits());
  }

  final BigInteger window() {
    return BigInteger.valueOf(rule.window());
  }

  final BigInteger burst() {
    return BigInteger.valueOf(rule.burst());
  }

  static BigInteger ceil(BigInteger dividend, BigInteger divisor) {
    BigInteger[] parts = dividend.divideAndRemainder(divisor);
    return parts[0].add(BigInteger.valueOf(parts[1].signum()));
  }

  final OracleRule rule() {
    return rule;
  }
}
