package dev.ratelab.limiter;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchAnswersTest {
  private static final Request REQUEST =
      Request.of(Policy.of("p", Algorithm.GCRA, Limit.of(10, Duration.ofSeconds(1))), "user123", 1);

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1, 3})
  void whoeverThrowsOrAnswersAnotherNumberHasAnsweredNone(int answers) {
    RateLimiter limiter = new RateLimiter() {
      @Override
      public CompletionStage<RequestDecision> checkAsync(Request request) {
        throw new UnsupportedOperationException();
      }

      @Override
      public List<CompletionStage<RequestDecision>> checkAll(List<Request> requests) {
        // A negative number of copies throws.
        return Collections.nCopies(answers, new CompletableFuture<RequestDecision>());
      }
    };

    assertThat(BatchAnswers.of(limiter, List.of(REQUEST, REQUEST)))
        .hasSize(2)
        .allMatch(answer -> answer.toCompletableFuture().isCompletedExceptionally());
  }
}
