package dev.ratelab.verification.subject;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.factory.RateLimiters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** The in-memory limiter, its keyed store and expiry included. */
public final class MemorySubject implements Subject {
  private static final long MAX_COUNTERS = 10_000;

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public List<Decision> decide(List<Step> steps) {
    AtomicLong clock = new AtomicLong();
    Map<String, RateLimiter> limiters = new HashMap<>();
    List<Decision> decisions = new ArrayList<>(steps.size());
    for (Step step : steps) {
      clock.set(step.at());
      Caller caller = step.caller();
      RateLimiter limiter = limiters.computeIfAbsent(
          caller.namespace(), namespace -> RateLimiters.inMemory(clock::get, MAX_COUNTERS));
      decisions.add(
          limiter.check(Request.of(caller.policy(), caller.key(), step.cost())).decision());
    }
    return decisions;
  }
}
