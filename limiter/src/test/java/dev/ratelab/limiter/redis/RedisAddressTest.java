package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedisAddressTest {
  @Test
  void aHostAloneHasDefaults() {
    assertThat(RedisAddress.parse("redis://cache"))
        .isEqualTo(new RedisAddress("cache", 6379, null, null, 0, false));
  }

  @Test
  void everyPartIsRead() {
    assertThat(RedisAddress.parse("rediss://app:secret@cache.example.org:7000/3"))
        .isEqualTo(new RedisAddress("cache.example.org", 7000, "app", "secret", 3, true));
  }

  @Test
  void aSchemeMayBeWrittenInCapitals() {
    assertThat(RedisAddress.parse("REDISS://cache").tls()).isTrue();
  }

  @Test
  void aPasswordNeedsNoUser() {
    RedisAddress address = RedisAddress.parse("redis://:secret@cache");

    assertThat(address.user()).isNull();
    assertThat(address.password()).isEqualTo("secret");
  }

  @Test
  void anEmptyPasswordIsOneOnlyOfANamedUser() {
    assertThat(RedisAddress.parse("redis://:@cache").password()).isNull();
    assertThat(RedisAddress.parse("redis://app:@cache").password()).isEmpty();
  }

  @Test
  void loginsArePercentDecodedAndPlusIsAPlus() {
    RedisAddress address = RedisAddress.parse("redis://a%3Ab:p%40ss%2Fw%20%C3%B6+%3A:x@cache");

    assertThat(address.user()).isEqualTo("a:b");
    assertThat(address.password()).isEqualTo("p@ss/w ö+::x");
  }

  @Test
  void anIpv6AddressIsWrittenInBracketsAndHeldWithout() {
    RedisAddress address = RedisAddress.parse("redis://[::1]:7000");

    assertThat(address.host()).isEqualTo("::1");
    assertThat(address.port()).isEqualTo(7000);
    assertThat(address).hasToString("redis://[::1]:7000");
  }

  /** URI.getHost() is null for it, yet container networks have such names. */
  @Test
  void aHostMayHaveAnUnderscore() {
    assertThat(RedisAddress.parse("redis://:secret@redis_1:7000").host()).isEqualTo("redis_1");
  }

  @Test
  void aTrailingSlashNamesNoDatabase() {
    assertThat(RedisAddress.parse("redis://cache/").database()).isZero();
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
  }
}
