package dev.ratelab.embed;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** A limiter whose every decision is the test's, by key. */
public record StubLimiter(Function<String, CompletionStage<Decision>> decide)
    implements RateLimiter {
  /** The policy of these limiters. */
  public static final Policy POLICY =
      Policy.of("api", Algorithm.GCRA, Limit.of(2, Duration.ofSeconds(60)));

  public static StubLimiter deciding(Function<String, CompletionStage<Decision>> decide) {
    return new StubLimiter(decide);
  }

  public static StubLimiter always(Decision decision) {
    return deciding(key -> CompletableFuture.completedFuture(decision));
  }

  @Override
  public CompletionStage<RequestDecision> checkAsync(Request request) {
    String policy = request.policies().get(0).name();
    return decide.apply(request.key()).thenApply(decision -> RequestDecision.of(policy, decision));
  }
}
