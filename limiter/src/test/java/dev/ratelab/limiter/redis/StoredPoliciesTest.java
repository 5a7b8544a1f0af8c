package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.limiter.redis.StoredPolicies.Stored;
import dev.ratelab.limiter.redis.StoredPolicies.Version;
import dev.ratelab.limiter.redis.launch.RedisCluster;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The text of the policies in a real Redis, over both clients. */
class StoredPoliciesTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  @RegisterExtension
  private static final RedisFixture redis = RedisFixture.own();

  private static Version version(StoredPolicies stored) {
    return Objects.requireNonNull(stored.version());
  }

  @ParameterizedTest
  @EnumSource
  void whatWasStoredIsReadAndEachDocumentHasItsVersion(Library library) {
    StoredPolicies stored = StoredPolicies.of(redis.client(library), "read-" + library, LONG);
    assertThat(stored.version()).isNull();
    assertThat(stored.read()).isNull();

    assertThat(stored.replace(null, "{\"größe\": 1}")).isTrue();
    Version first = version(stored);
    assertThat(stored.read()).isEqualTo(new Stored(first, "{\"größe\": 1}"));

    assertThat(stored.replace(first, "other")).isTrue();
    assertThat(stored.version()).isNotEqualTo(first);
    assertThat(stored.read()).isEqualTo(new Stored(version(stored), "other"));

    assertThat(stored.replace(version(stored), "{\"größe\": 1}")).isTrue();
    assertThat(version(stored).name())
        .as("the same document, the same version")
        .isEqualTo(first.name());
    assertThat(first.isOlderThan(version(stored))).as("and a later revision").isTrue();
    assertThat(version(stored).isOlderThan(first)).isFalse();
    assertThat(redis.number("PTTL", stored.key())).as("it never expires").isEqualTo(-1);
  }

  @ParameterizedTest
  @EnumSource
  void whoHasNotSeenTheLastOneStoresNothing(Library library) {
    StoredPolicies stored = StoredPolicies.of(redis.client(library), "cas-" + library, LONG);
    assertThat(stored.replace(new Version("", ""), "a")).as("nothing is stored").isFalse();
    assertThat(stored.replace(new Version("x", "1"), "a")).isFalse();
    assertThat(stored.read()).isNull();

    assertThat(stored.replace(null, "a")).isTrue();
    Version first = version(stored);
    assertThat(stored.replace(null, "b")).as("something is stored").isFalse();
    assertThat(stored.replace(first, "b")).isTrue();
    assertThat(stored.replace(first, "c")).isFalse();
    assertThat(stored.replace(new Version(version(stored).name(), "9"), "c"))
        .as("the document of another revision")
        .isFalse();
    assertThat(Objects.requireNonNull(stored.read()).document()).isEqualTo("b");
  }

  @ParameterizedTest
  @EnumSource
  void aSeedIsStoredWhereNothingIsAndIsOlderThanAnyOther(Library library) {
    StoredPolicies stored = StoredPolicies.of(redis.client(library), "seed-" + library, LONG);
    assertThat(stored.seed("a")).isTrue();
    assertThat(stored.seed("b")).isFalse();
    Stored first = Objects.requireNonNull(stored.read());
    assertThat(first.document()).isEqualTo("a");
    assertThat(first.version().isOlderThan(first.version())).isFalse();

    redis.number("DEL", stored.key());
    assertThat(stored.seed("a")).isTrue();
    Version second = version(stored);
    assertThat(second.isOlderThan(first.version())).as("another first one").isTrue();

    assertThat(stored.restore(first, null)).as("something is stored").isFalse();
    assertThat(stored.restore(first, second)).isTrue();
    assertThat(version(stored)).isEqualTo(new Version(first.version().name(), "1"));
    assertThat(second.isOlderThan(version(stored))).isTrue();
  }

  /** Each adds its letter to what it has read until that is stored: none is lost. */
  @ParameterizedTest
  @EnumSource
  void noChangeOfManyAtOnceIsLost(Library library) {
    StoredPolicies stored = StoredPolicies.of(redis.client(library), "many-" + library, LONG);
    stored.replace(null, "");

    IntStream.range(0, 64).parallel().forEach(i -> {
      boolean done = false;
      while (!done) {
        Stored now = Objects.requireNonNull(stored.read());
        done = stored.replace(now.version(), now.document() + (char) ('0' + i));
      }
    });

    assertThat(Objects.requireNonNull(stored.read()).document().chars().sorted().toArray())
        .isEqualTo(IntStream.range('0', '0' + 64).toArray());
  }

  @ParameterizedTest
  @EnumSource
  void whatWasWrittenByHandHasAnyVersionOrNone(Library library) {
    StoredPolicies stored = StoredPolicies.of(redis.client(library), "hand-" + library, LONG);
    redis.number("HSET", stored.key(), "document", "mine");
    assertThat(stored.read()).isEqualTo(new Stored(new Version("", ""), "mine"));
    assertThat(stored.replace(null, "yours")).isFalse();
    assertThat(stored.replace(new Version("", ""), "yours")).isTrue();

    redis.number("HSET", stored.key(), "version", "ü 1", "document", "mine");
    assertThat(stored.read()).isEqualTo(new Stored(new Version("ü 1", "1"), "mine"));
    assertThat(stored.replace(new Version("ü 1", "1"), "yours")).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void aKeyOfAnotherTypeIsAFailure(Library library) {
    StoredPolicies stored = StoredPolicies.of(redis.client(library), "type-" + library, LONG);
    redis.text("SET", stored.key(), "x");

    assertThatExceptionOfType(RedisFailure.class).isThrownBy(stored::version);
    assertThatExceptionOfType(RedisFailure.class).isThrownBy(stored::read);
    assertThatExceptionOfType(RedisFailure.class).isThrownBy(() -> stored.replace(null, "a"));
  }

  @ParameterizedTest
  @EnumSource
  void aScriptThatRepliesNoStringsIsAFailure(Library library) {
    for (String text : List.of("return {1}", "return {{'a'}}", "return false")) {
      assertThatExceptionOfType(RedisFailure.class)
          .as(text)
          .isThrownBy(() -> redis
              .client(library)
              .runForStrings(Script.of("wrong", text), List.of(new byte[] {'k'}), List.of(), LONG));
    }
  }

  @Test
  void inAClusterItIsOneKeyOnOneNode() {
    try (RedisCluster cluster = RedisCluster.start(3)) {
      for (Library library : Library.values()) {
        try (RedisClient client = library.connect(cluster.addresses().get(0))) {
          for (int i = 0; i < 8; i++) {
            StoredPolicies stored = StoredPolicies.of(client, "cluster-" + i + "-" + library, LONG);
            assertThat(stored.replace(null, "a")).isTrue();
            assertThat(Objects.requireNonNull(stored.read()).document()).isEqualTo("a");
          }
        }
      }
    }
  }
}
