package dev.ratelab.server.telemetry;

import dev.ratelab.limiter.BatchAnswers;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A limiter whose decisions are counted and timed. It always answers: a limiter that throws, against its contract, is taken for a
 * backend that failed, and logged.
 */
record MeteredRateLimiter(RateLimiter limiter, Telemetry telemetry) implements RateLimiter {
  private static final Logger LOG = LoggerFactory.getLogger(MeteredRateLimiter.class);

  @Override
  public CompletionStage<RequestDecision> checkAsync(Request request) {
    long started = telemetry.started(1);
    CompletionStage<RequestDecision> decision;
    try {
      decision = limiter.checkAsync(request);
    } catch (RuntimeException e) {
      decision = CompletableFuture.failedFuture(e);
    }
    return counted(request, decision, started);
  }

  @Override
  public List<CompletionStage<RequestDecision>> checkAll(List<Request> requests) {
    long started = telemetry.started(requests.size());
    List<CompletionStage<RequestDecision>> made = BatchAnswers.of(limiter, requests);
    return IntStream.range(0, requests.size())
        .mapToObj(i -> counted(requests.get(i), made.get(i), started))
        .toList();
  }

  private CompletionStage<RequestDecision> counted(
      Request request, CompletionStage<RequestDecision> decision, long started) {
    CompletableFuture<RequestDecision> there = decision.toCompletableFuture();
    if (there.isDone() && !there.isCompletedExceptionally()) {
      telemetry.ended(request, there.join(), started);
      return decision;
    }
    return decision.handle((made, failure) -> {
      RequestDecision answer = failure == null && made != null ? made : failed(request, failure);
      telemetry.ended(request, answer, started);
      return answer;
    });
  }

  private static RequestDecision failed(Request request, @Nullable Throwable failure) {
    LOG.error("the limiter failed where it must answer", failure);
    return RequestDecision.undecided(request, FailureReason.UNAVAILABLE);
  }

  @Override
  public void close() {
    limiter.close();
  }
}
