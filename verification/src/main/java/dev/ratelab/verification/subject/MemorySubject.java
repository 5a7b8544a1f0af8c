package dev.ratelab.verification.subject;

import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** The in-memory limiter, its keyed store and expiry included. */
public final class MemorySubject implements LimiterSubject {
  private static final long MAX_COUNTERS = 10_000;

  private final String name;
  private final Function<TimeSource, RateLimiter> limiters;

  public MemorySubject() {
    this("memory", time -> RateLimiters.inMemory(time, MAX_COUNTERS));
  }

  /** Any limiter, a faulty one for example, on a clock that it is given. */
  public MemorySubject(String name, Function<TimeSource, RateLimiter> limiters) {
    this.name = name;
    this.limiters = limiters;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<RequestDecision> answer(List<ScheduledRequest> requests) {
    AtomicLong clock = new AtomicLong();
    Map<String, RateLimiter> namespaces = new HashMap<>();
    List<RequestDecision> answers = new ArrayList<>(requests.size());
    for (ScheduledRequest next : requests) {
      clock.set(next.at());
      RateLimiter limiter =
          namespaces.computeIfAbsent(next.namespace(), namespace -> limiters.apply(clock::get));
      answers.add(limiter.check(next.request()));
    }
    return answers;
  }
}
