package dev.ratelab.limiter.failure;

import dev.ratelab.limiter.TimeSource;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A breaker for each class of deadlines, those of one power of two: a deadline that no backend can hold says nothing of the backend to
 * those who give it longer. Thread-safe.
 */
final class Breakers {
  /** From what asks most of its users to what asks least. */
  private static final List<State> STATES = List.of(State.OPEN, State.HALF_OPEN, State.CLOSED);

  private final Map<Integer, CircuitBreaker> classes = new ConcurrentHashMap<>();
  private final CircuitBreakerConfig config;

  Breakers(TimeSource time) {
    InstantSource monotone = () -> Instant.EPOCH.plus(time.micros(), ChronoUnit.MICROS);
    config = CircuitBreakerConfig.custom()
        .slidingWindow(
            GuardedRateLimiter.WINDOW,
            GuardedRateLimiter.FAILURES,
            SlidingWindowType.COUNT_BASED,
            SlidingWindowSynchronizationStrategy.LOCK_FREE)
        .failureRateThreshold(100f * GuardedRateLimiter.FAILURES / GuardedRateLimiter.WINDOW)
        .waitDurationInOpenState(GuardedRateLimiter.OPEN)
        .permittedNumberOfCallsInHalfOpenState(GuardedRateLimiter.PROBES)
        // Its own clock would go back where the machine's does, and keep it open for as long.
        .clock(monotone.withZone(ZoneOffset.UTC))
        .build();
  }

  /** That of a deadline in microseconds. */
  CircuitBreaker of(long deadline) {
    return classes.computeIfAbsent(
        Long.SIZE - Long.numberOfLeadingZeros(deadline),
        bits -> CircuitBreaker.of("backend", config));
  }

  /** Those of deadlines that nobody has any more would keep their state for ever. */
  void forget() {
    classes.clear();
  }

  /** Open if one is, otherwise half open if one is. */
  State state() {
    return STATES.stream()
        .filter(state -> classes.values().stream().anyMatch(each -> each.getState() == state))
        .findFirst()
        .orElse(State.CLOSED);
  }
}
