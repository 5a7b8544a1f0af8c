package dev.ratelab.limiter.memory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicyLimiter;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.limiter.algorithm.Transition.Step;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An algorithm over a keyed store in this process. Each key has one cell that is replaced by compare-and-set, so a check
 * never waits for another one on the same key.
 *
 * <p>The store holds no keys but their {@linkplain KeyHash hashes}, and so many that it {@linkplain StoreBound fits the heap}. A key that nobody checked for the longest life of a state and two
 * seconds more is dropped, which changes nothing. Past the bound the store must drop keys that still count; each such loss
 * can admit up to another burst for that key, is counted in {@link #lostLiveKeys()}, and logged at every power of two.
 *
 * @param <S> the algorithm's state of one key
 */
public final class MemoryPolicyLimiter<S> implements PolicyLimiter {
  /**
   * The store notes a second check only when a second has passed since the one it noted, so it may take a key for idle up
   * to a second early. Another second is for threads held up between asking the store and reading the clock.
   */
  private static final long GRACE_MICROS = 2_000_000;

  /** How far the clock by which keys are idle may fall behind; small beside the grace. */
  private static final long IDLE_RESOLUTION_MICROS = 100_000;

  private static final Object DROPPED = new Object();
  private static final Logger LOG = LoggerFactory.getLogger(MemoryPolicyLimiter.class);

  private final Policy policy;
  private final Transition<S> transition;
  private final TimeSource time;
  private final long maxKeys;
  private final AtomicLong latest = new AtomicLong();
  private final AtomicLong lostLiveKeys = new AtomicLong();
  private final KeyHash hash = KeyHash.random();
  private final Cache<Hashed, AtomicReference<@Nullable Object>> cells;

  private MemoryPolicyLimiter(
      Policy policy, Transition<S> transition, TimeSource time, long maxKeys) {
    this.policy = policy;
    this.transition = transition;
    this.time = time;
    this.maxKeys = maxKeys;
    cells = Caffeine.newBuilder()
        .maximumWeight(maxKeys)
        .weigher((Hashed key, AtomicReference<@Nullable Object> cell) -> weight(state(cell.get())))
        .expireAfterAccess(
            Duration.of(transition.lifetimeMicros() + GRACE_MICROS, ChronoUnit.MICROS))
        .ticker(() -> TimeUnit.MICROSECONDS.toNanos(idleTime()))
        .executor(Runnable::run)
        .evictionListener(this::onEviction)
        .build();
  }

  /**
   * A limiter on this machine's monotone clock, bounded at {@link StoreBound#defaultKeys}.
   *
   * @param policy what to enforce
   * @throws IllegalArgumentException if {@link StoreBound#requireRoom} does so
   */
  public static MemoryPolicyLimiter<?> of(Policy policy) {
    StoreBound.requireRoom(policy.algorithm(), policy.limit());
    return of(policy, TimeSource.monotonic(), StoreBound.defaultKeys());
  }

  /**
   * A limiter on a clock of the caller's.
   *
   * @param policy what to enforce
   * @param time the clock
   * @param maxKeys the most keys held, 1 to {@link StoreBound#mostKeys}; a long log counts as several, and one that counts as more
   *     is forgotten at once
   * @throws IllegalArgumentException if maxKeys is not in that range
   */
  public static MemoryPolicyLimiter<?> of(Policy policy, TimeSource time, long maxKeys) {
    StoreBound.require("maxKeys", maxKeys);
    return new MemoryPolicyLimiter<>(
        policy, Transition.of(policy.algorithm(), policy.limit()), time, maxKeys);
  }

  @Override
  public Policy policy() {
    return policy;
  }

  @Override
  public Decision check(String key, long cost) {
    policy.limit().requireCost(cost);
    Hashed hashed = hash.of(key);
    while (true) {
      AtomicReference<@Nullable Object> cell = cells.get(hashed, absent -> new AtomicReference<>());
      Object seen = cell.get();
      if (seen == DROPPED) {
        Thread.onSpinWait();
        continue;
      }
      S state = state(seen);
      // The clock is read after the state: whoever wrote the state had read an earlier time, so a
      // slow thread never looks like a clock that went back.
      Step<S> step = transition.apply(state, time.micros(), cost);
      if (step.state() == state || cell.compareAndSet(seen, step.state())) {
        if (weight(step.state()) != weight(state)) {
          // The store weighs a cell when it is put there, and only then.
          cells.asMap().replace(hashed, cell, cell);
        }
        return step.decision();
      }
    }
  }

  private int weight(@Nullable S state) {
    return state == null ? 1 : StoreBound.weight(transition.bytes(state));
  }

  /** How many keys the store holds now, those that are over already left out. */
  public long keys() {
    cells.cleanUp();
    return cells.estimatedSize();
  }

  /** How many keys the bound has made the store forget while their state still counted. */
  public long lostLiveKeys() {
    return lostLiveKeys.get();
  }

  /**
   * The time by which the store finds keys idle. It does not follow a clock that goes back: a key checked meanwhile would
   * look idle from that earlier time on, and go before its state is over. Written rarely, so that it costs one read.
   */
  private long idleTime() {
    long now = time.micros();
    long seen = latest.get();
    if (now > seen + IDLE_RESOLUTION_MICROS) {
      return latest.accumulateAndGet(now, Math::max);
    }
    return Math.max(now, seen);
  }

  /**
   * Ends a cell before it leaves the store, so that a check which still holds it starts again on a new one instead of
   * charging a state that nobody will read.
   */
  private void onEviction(
      @Nullable Hashed key, @Nullable AtomicReference<@Nullable Object> cell, RemovalCause cause) {
    if (cell == null) {
      return;
    }
    S state = state(cell.getAndSet(DROPPED));
    if (state != null && transition.resetAt(state) > time.micros()) {
      long lost = lostLiveKeys.incrementAndGet();
      // At each power of two: said at once, and seldom where it goes on.
      if (Long.bitCount(lost) == 1) {
        LOG.warn(
            "policy {}: {} keys forgotten while they still counted; each can admit another burst. The store holds {} keys",
            policy.name(),
            lost,
            maxKeys);
      }
    }
  }

  @SuppressWarnings("unchecked") // a cell holds null, DROPPED or what the transition returned
  private @Nullable S state(@Nullable Object content) {
    return (S) content;
  }
}
