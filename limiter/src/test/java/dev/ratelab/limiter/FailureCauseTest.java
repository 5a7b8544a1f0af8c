package dev.ratelab.limiter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class FailureCauseTest {
  private static final IOException CAUSE = new IOException("broken off");

  @Test
  void whatFuturesAndStagesPutAroundACauseIsTakenOff() {
    assertThat(FailureCause.of(new CompletionException(CAUSE))).isSameAs(CAUSE);
    assertThat(FailureCause.of(new ExecutionException(CAUSE))).isSameAs(CAUSE);
  }

  @Test
  void allElseIsTheCauseItself() {
    IllegalStateException own = new IllegalStateException(CAUSE);
    CompletionException bare = new CompletionException("without one", null);

    assertThat(FailureCause.of(own)).isSameAs(own);
    assertThat(FailureCause.of(bare)).isSameAs(bare);
  }

  @Test
  void aCauseWithoutWordsIsToldByItsClass() {
    assertThat(FailureCause.told(CAUSE)).isEqualTo("broken off");
    assertThat(FailureCause.told(new IOException())).isEqualTo("IOException");
  }
}
