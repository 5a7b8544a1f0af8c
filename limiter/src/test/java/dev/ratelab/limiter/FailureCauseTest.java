package dev.ratelab.limiter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class FailureCauseTest {
  private final IOException cause = new IOException("broken off");

  @Test
  void whatFuturesAndStagesPutAroundACauseIsTakenOff() {
    assertThat(FailureCause.of(new CompletionException(cause))).isSameAs(cause);
    assertThat(FailureCause.of(new ExecutionException(cause))).isSameAs(cause);
  }

  @Test
  void allElseIsTheCauseItself() {
    IllegalStateException own = new IllegalStateException(cause);
    CompletionException bare = new CompletionException("without one", null);

    assertThat(FailureCause.of(own)).isSameAs(own);
    assertThat(FailureCause.of(bare)).isSameAs(bare);
  }

  @Test
  void aCauseWithoutWordsIsToldByItsClass() {
    assertThat(FailureCause.told(cause)).isEqualTo("broken off");
    assertThat(FailureCause.told(new IOException())).isEqualTo("IOException");
  }
}
