package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisAddressTest {
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "redis://cache, cache, 6379, -, -, 0, false",
        "redis://cache/, cache, 6379, -, -, 0, false",
        "REDISS://cache, cache, 6379, -, -, 0, true",
        "rediss://app:secret@cache.example.org:7000/3, cache.example.org, 7000, app, secret, 3, true",
        // An empty password is one only of a named user.
        "redis://:secret@cache, cache, 6379, -, secret, 0, false",
        "redis://:@cache, cache, 6379, -, -, 0, false",
        "redis://app:@cache, cache, 6379, app, '', 0, false",
        // Logins are percent-decoded, and a plus is a plus.
        "redis://a%3Ab:p%40ss%2Fw%20%C3%B6+%3A:x@cache, cache, 6379, a:b, p@ss/w ö+::x, 0, false",
        "redis://[::1]:7000, ::1, 7000, -, -, 0, false",
        // URI.getHost() is null for it, yet container networks have such names.
        "redis://:secret@redis_1:7000, redis_1, 7000, -, secret, 0, false",
      })
  void everyPartIsReadOrHasItsDefault(
      String url,
      String host,
      int port,
      @Nullable String user,
      @Nullable String password,
      int database,
      boolean tls) {
    assertThat(RedisAddress.parse(url))
        .isEqualTo(new RedisAddress(host, port, user, password, database, tls));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "cache",
        "cache:6379",
        "http://cache",
        "redis:cache",
        "redis://",
        "redis:///3",
        "redis://:6379",
        "redis://cache:0",
        "redis://cache:65536",
        "redis://cache:99999999999",
        "redis://cache:port",
        "redis://cache:-1",
        "redis://cache/three",
        "redis://cache/-1",
        "redis://cache/1/2",
        "redis://cache/1000000",
        "redis://cache?timeout=1",
        "redis://cache#1",
        "redis://user@cache",
        "redis://a b",
        "redis://::1",
        "redis://[::1",
        "redis://one,two",
        "redis://:%zz@cache",
      })
  void whatIsNoRedisUrlIsRefusedWithWhatIsAccepted(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisAddress.parse(url))
        .withMessageStartingWith("the Redis URL ")
        .withMessageContaining("accepted: redis://[[user]:password@]host[:port][/database]");
  }

  /** A password that was not percent-encoded turns up as a port, a path, a query, a fragment or a host. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://app:hunter2/hunter3@cache:6379",
        "redis://app:77777/hunter3@cache:6379",
        "redis://app:1/hunter3@cache:6379",
        "redis://app:hunter2?hunter3@cache",
        "redis://app:hunter2#hunter3@cache",
        "redis://app:hunter2@hunter3@cache",
        "redis://app:hunter2%@cache",
        "hunter2:hunter3@cache",
        "hunter2",
      })
  void noRefusalShowsAPartOfTheUrl(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisAddress.parse(url))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hunter", "77777"))
        .withNoCause();
  }

  @Test
  void aPasswordThatIsKeptElsewhereIsThatOfTheUser() {
    assertThat(RedisAddress.parse("rediss://app@cache:7000", "p@ss:w/ö"))
        .isEqualTo(new RedisAddress("cache", 7000, "app", "p@ss:w/ö", 0, true));
    assertThat(RedisAddress.parse("redis://cache", "secret"))
        .isEqualTo(new RedisAddress("cache", 6379, null, "secret", 0, false));
    assertThat(RedisAddress.parse("redis://app:secret@cache", null).password()).isEqualTo("secret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"redis://app:hunter2@cache", "redis://:hunter2@cache", "redis://:@cache"})
  void twoPasswordsAreRefusedAndNotShown(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisAddress.parse(url, "hunter3"))
        .withMessage(
            "the Redis URL has a password, and there is one outside of it too; accepted: one of the two")
        .withNoCause();
  }

  @Test
  void itsTextNeverShowsThePassword() {
    assertThat(RedisAddress.parse("rediss://app:hunter2@cache:7000/3"))
        .hasToString("rediss://app:***@cache:7000/3");
    assertThat(RedisAddress.parse("redis://:hunter2@cache")).hasToString("redis://:***@cache:6379");
    assertThat(RedisAddress.parse("redis://[::1]:7000")).hasToString("redis://[::1]:7000");
  }
}
