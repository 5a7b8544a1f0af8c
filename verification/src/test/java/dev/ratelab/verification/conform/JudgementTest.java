package dev.ratelab.verification.conform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Courses that were seen, one request each millisecond. */
class JudgementTest {
  private static final Promise PROMISE =
      new Promise(Algorithm.FIXED_WINDOW, Limit.of(3, Duration.ofSeconds(1)), 1);

  /** It may be decided at any time, also between two of the later ones. */
  @Test
  void aRequestWithoutAnAnswerMakesWhatIsToldLaterUnsure() {
    Answer two = new Answer(true, 2L, null, null);
    Answer none = new Answer(true, 0L, null, null);
    Answer denied = new Answer(false, 0L, null, null);

    assertThat(faults(Attack.SILENCE, two, none, denied)).contains(Fault.REMAINING);
    assertThat(faults(Attack.SILENCE, null, two, none, denied)).doesNotContain(Fault.REMAINING);
  }

  /** A finding's file is named after its fault. */
  @Test
  void aFaultIsToldOnce() {
    Answer yes = Answer.of(true);
    Answer no = Answer.of(false);
    KeyHistory over = history(Attack.CLOCK, "a", yes, yes, yes, yes, yes, yes, yes, yes);
    KeyHistory strict = history(Attack.CLOCK, "b", no);

    assertThat(Judgement.of(PROMISE, trial(List.of(over, strict))).stream().map(Finding::fault))
        .containsExactly(Fault.CALLERS_CLOCK);
  }

  private static List<Fault> faults(Attack attack, @Nullable Answer... answers) {
    List<KeyHistory> keys = new ArrayList<>();
    // Of as many others all is well, so that one lost answer in a hundred is not too many.
    for (int i = 0; i < 60; i++) {
      keys.add(history(Attack.AT_ONCE, "k" + i, Answer.of(true), Answer.of(true)));
    }
    keys.add(history(attack, "asked", answers));
    return Judgement.of(PROMISE, trial(keys)).stream().map(Finding::fault).toList();
  }

  private static Trial trial(List<KeyHistory> keys) {
    return Trial.of(keys);
  }

  private static KeyHistory history(Attack attack, String key, @Nullable Answer... answers) {
    List<Observation> seen = new ArrayList<>();
    for (int i = 0; i < answers.length; i++) {
      seen.add(new Observation(
          key, 0, 1, i * 1_000L, i * 1_000L + 100, answers[i], answers[i] == null ? "lost" : null));
    }
    return new KeyHistory(attack, "", seen);
  }
}
