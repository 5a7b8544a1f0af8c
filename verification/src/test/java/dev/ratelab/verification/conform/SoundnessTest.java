package dev.ratelab.verification.conform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.ToldWait;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Histories that a right limiter may have, and some that none may: by hand, to the microsecond. */
class SoundnessTest {
  private static final Limit ONE = new Limit(1, 333_000, 1);
  private static final Limit FOUR = new Limit(4, 1_000_000, 4);

  @Test
  void anUnansweredRequestMayBeDecidedLate() {
    // The one at 0 was decided at 424 ms, and took what the second was told to wait for.
    List<Finding> findings = judged(
        Algorithm.TOKEN_BUCKET,
        ONE,
        lost(0),
        asked(600, 700, false, 332_000L),
        asked(469_000, 469_100, false, 288_000L));

    assertThat(findings).extracting(Finding::fault).containsOnly(Fault.NO_ANSWER);
  }

  @Test
  void anUnansweredRequestAtTheBeginningMayHaveTakenAll() {
    List<Finding> findings = judged(Algorithm.GCRA, ONE, lost(0), asked(200, 300, false, null));

    assertThat(findings).extracting(Finding::fault).containsOnly(Fault.NO_ANSWER);
  }

  @Test
  void aDenialWhereThereIsRoomIsNeedless() {
    List<Finding> findings = judged(
        Algorithm.SLIDING_WINDOW_LOG,
        FOUR,
        asked(0, 100, true, null),
        asked(200, 300, false, null));

    assertThat(findings).extracting(Finding::fault).containsExactly(Fault.TOO_STRICT);
    assertThat(findings.get(0).sentence()).contains("there was room for 3");
  }

  @Test
  void aSlowAnswerIsNoExcess() {
    // The first may have been decided at its start, and the others a window later.
    List<Finding> slow = judged(
        Algorithm.SLIDING_WINDOW_LOG,
        ONE,
        asked(0, 340_000, true, null),
        asked(340_100, 340_200, true, null));
    List<Finding> quick = judged(
        Algorithm.SLIDING_WINDOW_LOG,
        ONE,
        asked(0, 300, true, null),
        asked(300_000, 300_200, true, null),
        asked(300_300, 300_400, true, null));

    assertThat(slow).isEmpty();
    assertThat(quick).extracting(Finding::fault).containsExactly(Fault.OVER_LIMIT);
  }

  @Test
  void theEvidenceHoldsAllThatTheSentenceCounts() {
    List<Finding> findings = judged(
        Algorithm.GCRA,
        ONE,
        asked(0, 900, true, null),
        asked(10, 500, true, null),
        asked(20, 600, true, null));

    assertThat(findings.get(0).sentence()).startsWith("3 admitted");
    assertThat(findings.get(0).evidence().seen()).hasSize(3);
  }

  @Test
  void aWaitOfZeroIsHeldToItsWord() {
    List<Finding> findings = judged(
        Algorithm.FIXED_WINDOW,
        ONE,
        asked(0, 100, true, null),
        asked(200, 300, false, 0L),
        asked(40_000, 40_100, false, 0L));

    assertThat(findings).extracting(Finding::fault).containsExactly(Fault.RETRY_AFTER);
  }

  @Test
  void whoNeverDeniesOrNeverAnswersBehavesLikeNoAlgorithm() {
    Trial admitted = trial(asked(0, 100, true, null), asked(300, 400, true, null));
    Trial silent = trial(lost(0), lost(100));

    assertThat(Behaviour.of(admitted, FOUR, 1)).isEmpty();
    assertThat(Behaviour.of(silent, FOUR, 1)).isEmpty();
    assertThat(admitted.reachedTheLimit()).isFalse();
  }

  @Test
  void oneKindOfKeyThatIsNeverAnsweredShowsAmongManyThatAre() {
    List<KeyHistory> keys = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      keys.add(new KeyHistory(Attack.AT_ONCE, "", List.of(asked(0, 100, true, null))));
    }
    for (int i = 0; i < 2; i++) {
      keys.add(new KeyHistory(Attack.OTHER_KEY, "a non-ASCII letter", List.of(lost(0))));
    }

    List<Finding> findings = Judgement.of(new Promise(Algorithm.GCRA, FOUR, 1), Trial.of(keys));

    assertThat(findings).extracting(Finding::fault).containsExactly(Fault.NO_ANSWER);
    assertThat(findings.get(0).sentence()).contains("a non-ASCII letter");
  }

  private static List<Finding> judged(Algorithm algorithm, Limit limit, Observation... seen) {
    return Judgement.of(new Promise(algorithm, limit, 1), trial(seen));
  }

  private static Trial trial(Observation... seen) {
    return Trial.of(List.of(new KeyHistory(Attack.DECAY, "", Arrays.asList(seen))));
  }

  private static Observation asked(
      long sent, long answered, boolean allowed, @Nullable Long retryAfter) {
    ToldWait wait = retryAfter == null ? null : new ToldWait(retryAfter, 1);
    return new Observation("k", 0, 1, sent, answered, new Answer(allowed, null, wait, null), null);
  }

  private static Observation lost(long sent) {
    return new Observation("k", 0, 1, sent, sent + 10_000_000, null, "no answer");
  }
}
