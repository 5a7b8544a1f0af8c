package dev.ratelab.server;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;

/** A limiter whose every decision is the test's. */
public final class ScriptedLimiter implements RateLimiter {
  public static final Limit LIMIT = Limit.of(10, Duration.ofSeconds(60));

  public static final PolicySet POLICIES =
      PolicySet.of(ScopedPolicy.perKey(Policy.of("api.v1", Algorithm.GCRA, LIMIT)));

  private final BiFunction<String, Long, CompletionStage<Decision>> decide;

  private ScriptedLimiter(BiFunction<String, Long, CompletionStage<Decision>> decide) {
    this.decide = decide;
  }

  public static ScriptedLimiter always(Decision decision) {
    return deciding((key, cost) -> CompletableFuture.completedFuture(decision));
  }

  public static ScriptedLimiter deciding(
      BiFunction<String, Long, CompletionStage<Decision>> decide) {
    return new ScriptedLimiter(decide);
  }

  @Override
  public RequestDecision check(Request request) {
    throw new AssertionError("the server must not call what may block");
  }

  @Override
  public CompletionStage<RequestDecision> checkAsync(Request request) {
    return decide
        .apply(request.key(), request.cost())
        .thenApply(decision -> RequestDecision.of("api.v1", decision));
  }

  /** Decisions that the test makes when it likes, one for each key. */
  public static final class Pending {
    private final Map<String, CompletableFuture<Decision>> decisions = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Void>> asked = new ConcurrentHashMap<>();

    public ScriptedLimiter limiter() {
      return deciding((key, cost) -> {
        asked(key).complete(null);
        return decision(key);
      });
    }

    /** Waits until the server has asked about a key. */
    public void awaitAsked(String key) {
      asked(key).join();
    }

    /** Decides; {@code remaining} tells the answers apart. */
    public void decide(String key, long remaining) {
      decision(key).complete(Decision.allow(LIMIT.permits(), remaining, 0));
    }

    private CompletableFuture<Decision> decision(String key) {
      return decisions.computeIfAbsent(key, absent -> new CompletableFuture<>());
    }

    private CompletableFuture<Void> asked(String key) {
      return asked.computeIfAbsent(key, absent -> new CompletableFuture<>());
    }
  }
}
