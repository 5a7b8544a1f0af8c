package dev.ratelab.server.policies;

import static dev.ratelab.server.policies.PolicyReaders.document;
import static dev.ratelab.server.policies.PolicyReaders.limit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.limiter.redis.StoredPolicies;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Redis loses policies in each way that it can, and the instances that served them look in each order. Nothing here waits. */
@ParameterizedClass
@ValueSource(booleans = {true, false})
class LostPoliciesTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  private static RunningRedis redis;
  private static int namespaces;

  @Parameter
  private boolean lettuce;

  @BeforeAll
  static void start() {
    redis = RunningRedis.ownForTests();
  }

  @AfterAll
  static void stop() {
    redis.close();
  }

  /** Some instances of a namespace of their own. */
  private final class Fleet implements AutoCloseable {
    private final RedisClient client;
    private final StoredPolicies stored;

    Fleet() {
      client =
          lettuce ? LettuceClient.connect(redis.address()) : JedisClient.connect(redis.address());
      stored = StoredPolicies.of(client, "lost-" + namespaces++, LONG);
    }

    LivePolicies instance(long limit) throws Exception {
      RedisPolicies source = new RedisPolicies(stored);
      source.seed(PolicyDocument.json("the file", document(limit)));
      return new LivePolicies(source, PolicyReaders.any());
    }

    void put(long limit) {
      assertThat(stored.replace(stored.version(), document(limit))).isTrue();
    }

    void redis(String command, String... words) {
      client.run(
          Script.of(
              "hand", "redis.call('%s', KEYS[1], unpack(ARGV)) return {1}".formatted(command)),
          List.of(stored.key().getBytes(StandardCharsets.UTF_8)),
          Stream.of(words).map(word -> word.getBytes(StandardCharsets.UTF_8)).toList(),
          LONG);
    }

    long inRedis() {
      String document = Objects.requireNonNull(stored.read()).document();
      return Long.parseLong(document.replaceAll(".*\"limit\": ?(\\d+).*", "$1"));
    }

    @Override
    public void close() {
      client.close();
    }
  }

  @Test
  void whatIsServedIsPutBack() throws Exception {
    try (Fleet fleet = new Fleet();
        LivePolicies live = fleet.instance(5)) {
      fleet.put(7);
      live.poll();
      fleet.redis("DEL");
      live.poll();

      assertThat(fleet.inRedis()).isEqualTo(7);
      assertThat(limit(live)).isEqualTo(7);
    }
  }

  /** The file's limit can be looser than what was served, and everybody followed it. */
  @Test
  void aSeedGivesWayToWhatAnInstanceKnows() throws Exception {
    for (boolean changed : List.of(true, false)) {
      try (Fleet fleet = new Fleet();
          LivePolicies running = fleet.instance(5)) {
        if (changed) {
          fleet.put(7);
          running.poll();
        }
        long limit = changed ? 7 : 5;
        fleet.redis("DEL");
        try (LivePolicies fresh = fleet.instance(1_000)) {
          assertThat(limit(fresh)).as("it knows nothing else yet").isEqualTo(1_000);
          running.poll();
          assertThat(limit(running)).isEqualTo(limit);
          assertThat(fleet.inRedis()).isEqualTo(limit);
          StoredPolicies.Version version = fleet.stored.version();
          for (int i = 0; i < 3; i++) {
            fresh.poll();
            running.poll();
          }
          assertThat(limit(fresh)).isEqualTo(limit);
          assertThat(fleet.stored.version()).as("they agree").isEqualTo(version);
        }
      }
    }
  }

  @Test
  void ofTwoThatKnowOthersTheLaterRevisionIsServed() throws Exception {
    for (boolean laterLooksFirst : List.of(true, false)) {
      try (Fleet fleet = new Fleet();
          LivePolicies earlier = fleet.instance(5);
          LivePolicies later = fleet.instance(5)) {
        fleet.put(100);
        earlier.poll();
        fleet.put(9);
        later.poll();
        fleet.redis("DEL");
        for (int i = 0; i < 2; i++) {
          (laterLooksFirst ? later : earlier).poll();
          (laterLooksFirst ? earlier : later).poll();
        }

        assertThat(List.of(limit(earlier), limit(later), fleet.inRedis())).containsOnly(9L);
      }
    }
  }

  @Test
  void aChangeThatAFailoverLostIsPutBack() throws Exception {
    try (Fleet fleet = new Fleet();
        LivePolicies live = fleet.instance(5);
        LivePolicies missedIt = fleet.instance(5)) {
      fleet.put(100);
      live.poll();
      missedIt.poll();
      StoredPolicies.Stored before = Objects.requireNonNull(fleet.stored.read());
      fleet.put(9);
      live.poll();
      // What the replica had.
      fleet.redis(
          "HSET",
          "version",
          before.version().name(),
          "revision",
          before.version().revision(),
          "document",
          before.document());
      missedIt.poll();
      live.poll();
      missedIt.poll();

      assertThat(List.of(limit(live), limit(missedIt), fleet.inRedis())).containsOnly(9L);
    }
  }

  @Test
  void whatCameLaterOrFromAHandIsFollowed() throws Exception {
    try (Fleet fleet = new Fleet();
        LivePolicies live = fleet.instance(5)) {
      fleet.redis("HSET", "version", "by-hand-1", "document", document(6));
      live.poll();
      assertThat(limit(live)).as("over what somebody started with").isEqualTo(6);

      fleet.put(7);
      fleet.put(8);
      live.poll();
      assertThat(limit(live)).isEqualTo(8);

      fleet.redis("HSET", "version", "by-hand-2", "document", document(9));
      live.poll();
      assertThat(limit(live)).isEqualTo(9);
    }
  }

  /** As those that a server before this one has stored, without a revision. */
  @Test
  void policiesWithoutARevisionAreServedChangedAndPutBack() throws Exception {
    try (Fleet fleet = new Fleet()) {
      fleet.redis("HSET", "version", "old", "document", document(5));
      try (LivePolicies live = fleet.instance(1_000)) {
        assertThat(limit(live)).isEqualTo(5);
        fleet.redis("HSET", "version", "older", "document", document(6));
        live.poll();
        assertThat(limit(live)).isEqualTo(6);
        fleet.redis("DEL");
        live.poll();
        assertThat(fleet.inRedis()).isEqualTo(6);
        fleet.put(7);
        live.poll();
        assertThat(limit(live)).isEqualTo(7);
      }
    }
  }

  /** What is wrong there is not known by who does not serve it. */
  @Test
  void whatIsWrongStaysUntilItIsLost() throws Exception {
    try (Fleet fleet = new Fleet();
        LivePolicies live = fleet.instance(5)) {
      fleet.put(0);
      live.poll();
      assertThat(limit(live)).isEqualTo(5);
      assertThat(fleet.inRedis()).isZero();
      fleet.redis("DEL");
      live.poll();

      assertThat(fleet.inRedis()).isEqualTo(5);
    }
  }
}
