package dev.ratelab.server.policies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.limiter.redis.RedisFailure;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.check.ActivePolicies;
import dev.ratelab.server.check.CheckServer;
import dev.ratelab.server.http.ServerOptions;
import dev.ratelab.server.telemetry.Logged;
import dev.ratelab.server.telemetry.Telemetry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is served while a source says this and that. */
class LivePoliciesTest {
  private final Script source = new Script();

  private static PolicySource.Found found(String name) throws ConfigurationException {
    return new FixedPolicies(
        name,
        PolicyDocument.json(
            "test",
            "{\"policies\": {\"%s\": {\"limit\": 1, \"window\": \"1s\"}}}".formatted(name)));
  }

  private LivePolicies live() throws ConfigurationException {
    return new LivePolicies(source, PolicyReaders.any());
  }

  private static ConfigurationException wrong(String what) {
    return new ConfigurationException(List.of(
        new ConfigurationFault("p.yaml:2:7", "/policies/p/limit", what),
        new ConfigurationFault("p.yaml:3:1", "/x", "y")));
  }

  private static List<String> served(LivePolicies live) {
    return live.get().policies().defaults();
  }

  @Test
  void aChangeIsFoundWithinASecondAndOneThatIsWrittenInPlaceWithinTwo() {
    assertThat(LivePolicies.PERIOD.multipliedBy(3)).isLessThan(Duration.ofSeconds(1));
    Duration stays = LivePolicies.PERIOD.multipliedBy(FilePolicies.STABLE);
    assertThat(stays).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    assertThat(stays.plus(LivePolicies.PERIOD.multipliedBy(2))).isLessThan(Duration.ofSeconds(2));
  }

  @Test
  void whatIsWrongKeepsTheOldOnesAndIsToldOnce() throws Exception {
    source.there = found("old");
    try (LivePolicies live = live();
        Logged log = new Logged(LivePolicies.class)) {
      source.failure = wrong("it is 0");
      for (int i = 0; i < 5; i++) {
        live.poll();
      }
      assertThat(served(live)).containsExactly("old");
      assertThat(log.warnings())
          .containsExactly("p.yaml:2:7: /policies/p/limit: it is 0; p.yaml:3:1: /x: y;"
              + " the policies from before are still served");

      source.failure = wrong("it is -1");
      live.poll();
      assertThat(log.warnings()).as("another fault").hasSize(2);

      source.failure = null;
      source.there = found("new");
      live.poll();
      assertThat(served(live)).containsExactly("new");
      assertThat(log.warnings())
          .hasSize(3)
          .last()
          .isEqualTo("the test: the policies there are right and served");
      assertThat(log.lines().stream().filter(line -> "policies_loaded".equals(line.get("event"))))
          .hasSize(1);

      source.failure = wrong("it is 0");
      live.poll();
      assertThat(log.warnings()).as("wrong again is told again").hasSize(4);
    }
  }

  @Test
  void aSourceThatIsAwayOrBreaksKeepsTheOldOnesAndIsToldOnce() throws Exception {
    source.there = found("old");
    try (LivePolicies live = live();
        Logged log = new Logged(LivePolicies.class)) {
      for (int i = 0; i < 3; i++) {
        source.failure = new RedisFailure("in other words " + i, null);
        live.poll();
      }
      source.failure = new IllegalStateException("planted");
      live.poll();
      live.poll();
      source.failure = new StackOverflowError();
      live.poll();

      assertThat(served(live)).containsExactly("old");
      assertThat(log.warnings())
          .containsExactly(
              "the test: Redis does not give them; the policies from before are still served",
              "the test: java.lang.IllegalStateException: planted; the policies from before are still served",
              "the test: java.lang.StackOverflowError; the policies from before are still served");
      assertThat(log.lines().get(0)).as("nothing broke").doesNotContainKey("stack");
      for (int i = 1; i < 3; i++) {
        assertThat(String.valueOf(log.lines().get(i).get("stack")))
            .as("where it happened")
            .contains("at " + LivePoliciesTest.class.getName());
      }
    }
  }

  /** Whatever broke, the timer goes on, and says what it was. */
  @Test
  void itLooksAgainAfterAnError() throws Exception {
    source.there = found("old");
    CountDownLatch told = new CountDownLatch(2);
    try (LivePolicies live = live();
        Logged log = new Logged(LivePolicies.class)) {
      source.failure = new LinkageError("planted");
      live.start(loaded -> told.countDown());
      while (log.warnings().isEmpty()) {
        Thread.onSpinWait();
      }
      assertThat(log.warnings().get(0)).contains("java.lang.LinkageError: planted");
      source.there = found("new");
      source.failure = null;

      told.await();
      assertThat(served(live)).containsExactly("new");
    }
  }

  @Test
  void whatIsWrongFromTheBeginningIsThrown() {
    source.failure = wrong("it is 0");

    assertThatExceptionOfType(ConfigurationException.class).isThrownBy(() -> live());
  }

  @Test
  void itLooksByItselfAndTellsOfWhatIsServed() throws Exception {
    source.there = found("old");
    List<PolicySnapshot> told = new ArrayList<>();
    CountDownLatch twice = new CountDownLatch(2);
    try (LivePolicies live = live()) {
      source.there = found("new");
      live.start(loaded -> {
        told.add(loaded);
        twice.countDown();
      });
      twice.await();

      assertThat(told.get(0).configuration().policies().defaults()).containsExactly("old");
      assertThat(told.get(1).configuration().policies().defaults()).containsExactly("new");
    }
  }

  /** Each question after the policies finds others, as if they changed all the time. */
  @Test
  void aRequestIsDecidedUnderThePoliciesThatItBeganWith() throws Exception {
    Deque<ActivePolicies> next = new ArrayDeque<>();
    // Asked for once before any request.
    next.add(PolicyReaders.any().read(found("start").document()).served());
    for (int i = 0; i < 8; i++) {
      next.add(PolicyReaders.any().read(found("p" + i).document()).served());
    }
    ServerOptions options = ServerOptions.defaults().at("127.0.0.1", 0).withGrace(Duration.ZERO);
    try (Telemetry telemetry = Telemetry.create();
        CheckServer server = CheckServer.start(next::remove, options, telemetry, null);
        RawClient client = new RawClient(server.port())) {
      Response first = client.send(RawClient.check("a")).read();
      assertThat(first.status()).isEqualTo(200);
      assertThat(first.headers().get("ratelimit-policy")).startsWith("\"p0\"");
      Response second = client.send(RawClient.check("a")).read();
      assertThat(second.headers().get("ratelimit-policy")).startsWith("\"p1\"");
      String batch = RawClient.post("[{\"key\":\"a\"},{\"key\":\"b\",\"policy\":\"p2\"}]", "")
          .replace("/check", "/check/batch");
      assertThat(client.send(batch).read().status()).isEqualTo(200);
      assertThat(next).as("each has asked once").hasSize(5);
    }
  }

  private static final class Script implements PolicySource {
    volatile @Nullable Found there;
    volatile @Nullable Throwable failure;

    @Override
    public String name() {
      return "the test";
    }

    @Override
    public Found look() {
      if (failure instanceof ConfigurationException wrong) {
        return new Wrong(wrong);
      }
      if (failure instanceof RuntimeException broken) {
        throw broken;
      }
      if (failure instanceof Error broken) {
        throw broken;
      }
      return Objects.requireNonNull(there);
    }
  }

  private record Wrong(ConfigurationException why) implements PolicySource.Found {
    @Override
    public PolicyDocument document() throws ConfigurationException {
      throw why;
    }
  }
}
