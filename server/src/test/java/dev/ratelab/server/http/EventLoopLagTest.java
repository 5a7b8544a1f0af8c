package dev.ratelab.server.http;

import static dev.ratelab.limiter.failure.StandingQueue.PATIENCE_MICROS;
import static dev.ratelab.limiter.failure.StandingQueue.TARGET_MICROS;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import org.junit.jupiter.api.Test;

class EventLoopLagTest {
  private long now = 1_000_000_000;
  private final EventLoopLag round = new EventLoopLag(() -> now);

  private void lasts(long micros) {
    round.begin();
    now += micros;
    round.end();
  }

  /** Long rounds, of which the next one is past the patience. */
  private void staysBehind() {
    for (long spent = 0; spent <= PATIENCE_MICROS; spent += 2 * TARGET_MICROS) {
      behindAfter(2 * TARGET_MICROS);
    }
  }

  private boolean behindAfter(long micros) {
    round.begin();
    now += micros;
    round.arrives();
    boolean behind = round.behind();
    round.end();
    return behind;
  }

  @Test
  void whatAPauseHeldUpIsServed() {
    assertThat(behindAfter(TARGET_MICROS)).isFalse();
    assertThat(behindAfter(PATIENCE_MICROS - 2 * TARGET_MICROS)).isFalse();
  }

  @Test
  void aThreadThatStaysBehindShedsTheLaterPartOfEachRound() {
    staysBehind();

    assertThat(behindAfter(TARGET_MICROS - 1)).as("the earlier part").isFalse();
    staysBehind();
    assertThat(behindAfter(TARGET_MICROS)).isTrue();
    assertThat(behindAfter(TARGET_MICROS)).isTrue();
  }

  /** A batch of a thousand is one read: nobody else has waited for it. */
  @Test
  void howLongWhatWasReadIsWorkedOnDoesNotCount() {
    round.begin();
    round.arrives();
    now += 2 * PATIENCE_MICROS;

    assertThat(round.behind()).isFalse();
  }

  /** Who is read behind one has waited for one request, however large. */
  @Test
  void aBatchIsNoQueue() {
    for (int i = 0; i < 100; i++) {
      round.begin();
      round.arrives();
      round.leavesOut(() -> now += PATIENCE_MICROS);
      round.arrives();
      assertThat(round.behind()).isFalse();
      round.end();
    }
    staysBehind();
    assertThat(behindAfter(TARGET_MICROS)).as("but the rest counts").isTrue();
  }

  @Test
  void oneShortRoundBeforeThatIsEnoughToBeCalm() {
    for (int i = 0; i < 9; i++) {
      assertThat(behindAfter(2 * TARGET_MICROS)).isFalse();
    }
    lasts(TARGET_MICROS - 1);

    assertThat(behindAfter(2 * TARGET_MICROS)).isFalse();
    assertThat(behindAfter(2 * TARGET_MICROS)).isFalse();
  }

  /** Shedding has made it short: whoever let all in again would be behind again. */
  @Test
  void oneShortRoundAfterThatIsNot() {
    staysBehind();
    lasts(TARGET_MICROS - 1);

    assertThat(behindAfter(TARGET_MICROS)).isTrue();
  }

  /** Otherwise one pause in a server with little to do would shed. */
  @Test
  void aThreadThatHasNothingToReadInBetweenIsCalm() {
    staysBehind();
    now += TARGET_MICROS;
    for (int i = 0; i < 100; i++) {
      assertThat(behindAfter(2 * TARGET_MICROS)).isFalse();
      now += TARGET_MICROS;
    }
  }

  @Test
  void whoReadsNothingIsNeverBehind() {
    staysBehind();
    now += PATIENCE_MICROS;

    assertThat(round.behind()).isFalse();
    assertThat(EventLoopLag.current().behind()).isFalse();
  }

  @Test
  void aRoundEndsWhenItsThreadHasReadAll() throws Exception {
    DefaultEventLoop loop = new DefaultEventLoop();
    try {
      boolean[] behind = new boolean[2];
      staysBehind();
      loop.submit(() -> {
            round.reads(loop);
            now += TARGET_MICROS;
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
