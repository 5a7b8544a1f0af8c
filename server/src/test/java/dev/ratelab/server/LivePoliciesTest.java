package dev.ratelab.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.limiter.redis.RedisFailure;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.telemetry.Logged;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is served while a source says this and that. */
class LivePoliciesTest {
  private final Script source = new Script();

  private static Loaded loaded(String name) throws ConfigurationException {
    return Reading.any()
        .read(Document.json(
            "test",
            "{\"policies\": {\"%s\": {\"limit\": 1, \"window\": \"1s\"}}}".formatted(name)));
  }

  private static ConfigurationException wrong(String what) {
    return new ConfigurationException(List.of(
        new Fault("p.yaml:2:7", "/policies/p/limit", what), new Fault("p.yaml:3:1", "/x", "y")));
  }

  private static List<String> served(LivePolicies live) {
    return live.get().policies().defaults();
  }

  @Test
  void aChangeIsFoundWithinASecond() {
    // A file counts the second time that it is seen.
    assertThat(LivePolicies.PERIOD.multipliedBy(3)).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void whatIsWrongKeepsTheOldOnesAndIsToldOnce() throws Exception {
    source.next = loaded("old");
    try (LivePolicies live = new LivePolicies(source);
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
      source.next = loaded("new");
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
    source.next = loaded("old");
    try (LivePolicies live = new LivePolicies(source);
        Logged log = new Logged(LivePolicies.class)) {
      for (int i = 0; i < 3; i++) {
        source.failure = new RedisFailure("in other words " + i, null);
        live.poll();
      }
      source.failure = new IllegalStateException("planted");
      live.poll();
      live.poll();

      assertThat(served(live)).containsExactly("old");
      assertThat(log.warnings())
          .containsExactly(
              "the test: Redis does not answer; the policies from before are still served",
              "the test: java.lang.IllegalStateException: planted; the policies from before are still served");
    }
  }

  @Test
  void whatIsWrongFromTheBeginningIsThrown() {
    source.failure = wrong("it is 0");

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> new LivePolicies(source));
  }

  @Test
  void itLooksByItselfAndTellsOfWhatIsServed() throws Exception {
    source.next = loaded("old");
    List<Loaded> told = new ArrayList<>();
    CountDownLatch twice = new CountDownLatch(2);
    try (LivePolicies live = new LivePolicies(source)) {
      source.next = loaded("new");
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
    Deque<Served> next = new ArrayDeque<>();
    for (int i = 0; i < 8; i++) {
      next.add(loaded("p" + i).served());
    }
    ServerOptions options = ServerOptions.defaults().at("127.0.0.1", 0).withGrace(Duration.ZERO);
    try (CheckServer server = CheckServer.start(next::remove, options, null, null);
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

  /** A source that says what a test wants. */
  private static final class Script implements PolicySource {
    volatile @Nullable Loaded next;
    volatile @Nullable Exception failure;

    @Override
    public String name() {
      return "the test";
    }

    @Override
    public Loaded load() throws ConfigurationException {
      Loaded first = poll();
      assertThat(first).isNotNull();
      return first;
    }

    @Override
    public @Nullable Loaded poll() throws ConfigurationException {
      if (failure instanceof ConfigurationException wrong) {
        throw wrong;
      }
      if (failure instanceof RuntimeException broken) {
        throw broken;
      }
      Loaded taken = next;
      next = null;
      return taken;
    }
  }
}
