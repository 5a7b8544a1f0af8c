package dev.ratelab.limiter.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KeyHashTest {
  /**
   * SipHash-1-3-128 of the bytes 00, 01, 02 and so on under a secret of those bytes, by a program of our own in Python that gives the
   * published values of SipHash-2-4-128 (github.com/veorq/SipHash, vectors.h) and, of the empty string, of SipHash-1-3-128
   * (github.com/jedisct1/rust-siphash, tests128.rs).
   */
  private static final List<String> REFERENCE = List.of(
      "e77ebcb22788a5befd62db6add303001",
      "fc6f370460d3eda85e0573cc2b2ff063",
      "75787f090569839b855bc9548c6aea95",
      "6bc5ccfa1edcf79f4823187712ebd743",
      "0c784e71ac2b285a9f8e92e78fbf2c25",
      "f328db89345b620c795229a42695843e",
      "dcd03d29f743e7100951b0e83985a6f8",
      "1084b923f2aae0c3a62f2ec80848ab77",
      "aa12fee1d5e3dab4724f16ab35f9c799",
      "81ddb8042cf33994f4720e0094137c42",
      "4faa541d5d498e89ba0ea4c387b22fb4",
      "723b9af3554491dbb1d6633dfc6e0c4e",
      "e53f92859e4819a8dc0695739fea8c65",
      "b2f858c7c9ea801d53d603596d657844",
      "87e76268dbc9227226b0ca665f64e378",
      "c17e5505b2bd526c2921cdec1e7e0109",
      "d0a8d95715518eebb513b0f83d9e1793",
      "234126f93fbb668d975112e8febdf7ec");

  private static String bytes(Hashed hashed) {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(Long.reverseBytes(hashed.low()))
        + hex.toHexDigits(Long.reverseBytes(hashed.high()));
  }

  @Test
  void isTheHashOfTheReference() {
    KeyHash hash = KeyHash.of(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

    assertThat(IntStream.range(0, REFERENCE.size())
            .mapToObj(units ->
                bytes(hash.of("\0\1\2\3\4\5\6\7\b\t\n\13\f\r\16\17\20\21".substring(0, units)))))
        .containsExactlyElementsOf(REFERENCE);
  }

  @Test
  void theSecretIsDrawn() {
    KeyHash hash = KeyHash.random();

    assertThat(hash.of("203.0.113.7")).isEqualTo(hash.of("203.0.113.7"));
    assertThat(KeyHash.random().of("203.0.113.7")).isNotEqualTo(hash.of("203.0.113.7"));
    assertThat(hash.under("acme").of("a")).isEqualTo(hash.under("acme").of("a"));
    assertThat(hash.under("acme").of("a"))
        .isNotEqualTo(hash.under("other").of("a"))
        .isNotEqualTo(hash.of("a"))
        .isNotEqualTo(hash.of("acmea"));
  }

  /** All of them have one {@link String#hashCode}. */
  @Test
  void keysThatAreMadeToCollideDoNot() {
    KeyHash hash = KeyHash.random();
    List<String> keys = Keys.ofOneHashCode(4_096);

    assertThat(keys.stream().mapToInt(String::hashCode).distinct()).hasSize(1);
    // By chance two of them have one in a run of five hundred.
    assertThat(keys.stream().mapToInt(key -> hash.of(key).hashCode()).distinct())
        .hasSizeGreaterThan(4_090);
  }
}
