package dev.ratelab.verification.subject;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.PolicyLimiter;
import dev.ratelab.limiter.memory.MemoryPolicyLimiter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** The in-memory limiter, its keyed store and expiry included. */
public final class MemorySubject implements Subject {
  private static final long MAX_KEYS = 10_000;

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public List<Decision> decide(List<Step> steps) {
    AtomicLong clock = new AtomicLong();
    Map<Caller, PolicyLimiter> limiters = new HashMap<>();
    List<Decision> decisions = new ArrayList<>(steps.size());
    for (Step step : steps) {
      clock.set(step.at());
      Caller caller = step.caller();
      // One limiter for all keys of a policy, as an application has it.
      PolicyLimiter limiter = limiters.computeIfAbsent(
          new Caller(caller.namespace(), caller.policy(), ""),
          shared -> MemoryPolicyLimiter.of(shared.policy(), clock::get, MAX_KEYS));
      decisions.add(limiter.check(caller.key(), step.cost()));
    }
    return decisions;
  }
}
