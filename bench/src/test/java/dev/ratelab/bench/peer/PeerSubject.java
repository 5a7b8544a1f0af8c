package dev.ratelab.bench.peer;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.ToldWait;
import dev.ratelab.verification.subject.Caller;
import dev.ratelab.verification.subject.Step;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A limiter of others on the clock of a scenario. What it does not tell is 0 in its decisions.
 *
 * @param redis the URL of a Redis, or null for one in memory
 * @param onGrid whether each key is asked once, a window before its first request, at the begin of a window of ours: so that
 *     one whose windows begin with the first request has ours
 */
record PeerSubject(
    String name,
    Function<Peer.Setting, PeerLimiter> opening,
    @Nullable String redis,
    boolean onGrid)
    implements VerifiedSubject {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private record Rule(String namespace, String policy) {}

  @Override
  public List<Decision> decide(List<Step> steps) {
    AtomicLong clock = new AtomicLong();
    Map<Rule, PeerLimiter> limiters = new HashMap<>();
    Set<Caller> seen = new HashSet<>();
    List<Decision> decisions = new ArrayList<>(steps.size());
    try {
      for (Step step : steps) {
        Caller caller = step.caller();
        Limit limit = caller.policy().limit();
        clock.set(step.at());
        PeerLimiter limiter = limiters.computeIfAbsent(
            new Rule(caller.namespace(), caller.policy().name()), rule -> open(limit, clock));
        if (onGrid && seen.add(caller)) {
          clock.set(step.at() - step.at() % limit.windowMicros() - limit.windowMicros());
          ask(limiter, caller.key(), 1);
          clock.set(step.at());
        }
        decisions.add(decision(ask(limiter, caller.key(), step.cost()), limit));
      }
    } finally {
      limiters.values().forEach(PeerLimiter::close);
    }
    return decisions;
  }

  private PeerLimiter open(Limit limit, AtomicLong clock) {
    String namespace = "ratelab-test-" + UUID.randomUUID();
    return opening.apply(new Peer.Setting(limit, redis, namespace, DEADLINE, clock::get, false));
  }

  private static Answer ask(PeerLimiter limiter, String key, long cost) {
    return limiter.ask(key, cost).toCompletableFuture().join();
  }

  private static Decision decision(Answer answer, Limit limit) {
    Long remaining = answer.remaining();
    return new Decision(
        answer.allowed(),
        limit.permits(),
        remaining == null ? 0 : remaining,
        micros(answer.retryAfter()),
        micros(answer.resetAfter()),
        0,
        null,
        null);
  }

  private static long micros(@Nullable ToldWait wait) {
    return wait == null ? 0 : wait.micros();
  }
}
