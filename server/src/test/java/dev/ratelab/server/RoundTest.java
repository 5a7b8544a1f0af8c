package dev.ratelab.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import org.junit.jupiter.api.Test;

class RoundTest {
  private long now = 1_000_000_000;
  private final Round round = new Round(() -> now);

  private void lasts(long nanos) {
    round.begin();
    now += nanos;
    round.end();
  }

  /** Long rounds, of which the next one is past the patience. */
  private void staysBehind() {
    for (long spent = 0; spent < Round.PATIENCE_NANOS; spent += 2 * Round.TARGET_NANOS) {
      lasts(2 * Round.TARGET_NANOS);
    }
  }

  private boolean behindAfter(long nanos) {
    round.begin();
    now += nanos;
    round.arrives();
    boolean behind = round.behind();
    round.end();
    return behind;
  }

  @Test
  void whatAPauseHeldUpIsServed() {
    assertThat(behindAfter(Round.TARGET_NANOS)).isFalse();
    assertThat(behindAfter(Round.PATIENCE_NANOS - 2 * Round.TARGET_NANOS)).isFalse();
  }

  @Test
  void aThreadThatStaysBehindShedsTheLaterPartOfEachRound() {
    staysBehind();

    assertThat(behindAfter(Round.TARGET_NANOS - 1)).as("the earlier part").isFalse();
    staysBehind();
    assertThat(behindAfter(Round.TARGET_NANOS)).isTrue();
    assertThat(behindAfter(Round.TARGET_NANOS)).isTrue();
  }

  /** A batch of a thousand is one read: nobody else has waited for it. */
  @Test
  void howLongWhatWasReadIsWorkedOnDoesNotCount() {
    round.begin();
    round.arrives();
    now += 2 * Round.PATIENCE_NANOS;

    assertThat(round.behind()).isFalse();
  }

  @Test
  void oneShortRoundIsEnoughToBeCalm() {
    staysBehind();
    lasts(Round.TARGET_NANOS - 1);

    assertThat(behindAfter(Round.TARGET_NANOS)).isFalse();
  }

  /** Otherwise one pause in a server with little to do would shed. */
  @Test
  void aThreadThatHadNothingToReadIsCalm() {
    staysBehind();
    now += Round.TARGET_NANOS;

    assertThat(behindAfter(Round.TARGET_NANOS)).isFalse();
  }

  /** Shedding is what made it short, or the clock has stood still: what was shed was there. */
  @Test
  void aRoundThatShedsIsNotCalm() {
    staysBehind();
    round.begin();
    now += Round.TARGET_NANOS;
    round.arrives();
    assertThat(round.behind()).isTrue();
    now -= 1;
    round.end();

    assertThat(behindAfter(Round.TARGET_NANOS)).isTrue();
  }

  @Test
  void whoReadsNothingIsNeverBehind() {
    staysBehind();
    now += Round.PATIENCE_NANOS;

    assertThat(round.behind()).isFalse();
    assertThat(Round.current().behind()).isFalse();
  }

  @Test
  void aRoundEndsWhenItsThreadHasReadAll() throws Exception {
    DefaultEventLoop loop = new DefaultEventLoop();
    try {
      boolean[] behind = new boolean[2];
      staysBehind();
      loop.submit(() -> {
            round.reads(loop);
            now += Round.TARGET_NANOS;
            round.reads(loop);
            behind[0] = round.behind();
          })
          .sync();
      loop.submit(() -> behind[1] = round.behind()).sync();

      assertThat(behind).containsExactly(true, false);
    } finally {
      loop.shutdownGracefully().sync();
    }
  }
}
