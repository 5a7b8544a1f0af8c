package dev.ratelab.verification.subject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.redis.ForwardingClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisFailure;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.verification.TestRedis;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RedisSubjectTest {
  private static final Script EXISTS =
      Script.of("exists", "return {redis.call('EXISTS', KEYS[1])}");

  private final RedisClient client = TestRedis.lettuce();

  @ParameterizedTest
  @EnumSource
  void leavesNoKeyBehind(Algorithm algorithm) {
    RecordingClient recording = new RecordingClient(client, false);
    VerifiedSubject subject = new RedisSubject(recording);
    subject.decide(List.of(step(algorithm, "a", 0), step(algorithm, "b", 0)));
    ((Inspectable) subject).inspect(List.of(step(algorithm, "a", 0)));

    assertThat(recording.keys()).hasSize(3);
    for (byte[] key : recording.keys()) {
      assertThat(client.run(EXISTS, key, List.of(), Duration.ofMinutes(1))).containsExactly(0L);
    }
  }

  @ParameterizedTest
  @EnumSource
  void forgetsBetweenHistories(Algorithm algorithm) {
    VerifiedSubject subject = new RedisSubject(client);
    List<Step> steps = List.of(step(algorithm, "a", 0));

    assertThat(subject.decide(steps)).isEqualTo(subject.decide(steps));
  }

  @ParameterizedTest
  @EnumSource
  void decidesInOrderMoreCallsThanAreUnderWayAtOnce(Algorithm algorithm) {
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      steps.add(step(algorithm, "a", 700L * i));
    }

    assertThat(new RedisSubject(client).decide(steps))
        .isEqualTo(new TransitionSubject().decide(steps));
  }

  /** On every try another script that the server has never seen, so that each key's first call finds it unknown. */
  @Test
  void keepsEachCallersOrderWhileTheServerLearnsTheScript() {
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      steps.add(step(Algorithm.GCRA, "k" + i % 3, 4_000L * i));
    }
    for (int i = 0; i < 50; i++) {
      String comment = "-- " + UUID.randomUUID() + "\n";
      RedisClient forgetful =
          new ForwardingClient(client, script -> Script.of(script.name(), comment + text(script)));

      assertThat(new RedisSubject(forgetful).decide(steps))
          .isEqualTo(new TransitionSubject().decide(steps));
    }
  }

  @Test
  void seesWhatAStepChangedAndHowLongItIsKept() {
    List<Footprint> footprints = new RedisSubject(client)
        .inspect(List.of(
            step(Algorithm.FIXED_WINDOW, "a", 0),
            step(Algorithm.FIXED_WINDOW, "b", 0),
            step(Algorithm.FIXED_WINDOW, "a", 900),
            step(Algorithm.FIXED_WINDOW, "a", 1_000),
            step(Algorithm.FIXED_WINDOW, "a", 10_000)));

    assertThat(footprints)
        .extracting(footprint -> footprint.decision().allowed())
        .containsExactly(true, true, true, false, true);
    assertThat(footprints)
        .extracting(Footprint::changed)
        .containsExactly(true, true, true, false, true);
    assertThat(footprints.get(0).lifeMicros()).isBetween(10_000L, 10_999L);
    assertThat(footprints.get(2).lifeMicros()).isBetween(9_100L, 10_099L);
  }

  @Test
  void saysThatRedisDidNotAnswer() {
    RedisClient broken = new ForwardingClient(
        client,
        script -> script.name().equals("gcra")
            ? Script.of("broken", "return redis.error_reply('out of order')")
            : script);

    assertThatThrownBy(() -> new RedisSubject(broken).decide(List.of(step(Algorithm.GCRA, "a", 0))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("undecided")
        .cause()
        .isInstanceOf(RedisFailure.class)
        .hasMessageContaining("out of order");
  }

  private static String text(Script script) {
    return new String(script.text(), StandardCharsets.UTF_8);
  }

  /** Two per 10 ms. */
  private static Step step(Algorithm algorithm, String key, long at) {
    return new Step(
        new Caller("n", Policy.of("p", algorithm, new Limit(2, 10_000, 2)), key), at, 1);
  }
}
