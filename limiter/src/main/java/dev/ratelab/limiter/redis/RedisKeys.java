package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import io.lettuce.core.cluster.SlotHash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** The parts that Redis keys are made of. */
final class RedisKeys {
  /** What counters may have between braces: so few that requests of one process often have the same, and can be decided in one call. */
  static final int TAGS = 64;

  private static final List<String> TAG_TEXTS = tags();
  private static final int HASH_BYTES = 16;
  private static final int RULE_LETTERS = 6;

  private RedisKeys() {}

  /** {@code namespace:policy:rule:}, the rule being 36 bits of SHA-256 over the algorithm, how it stores, and the limit. */
  static String prefix(String namespace, Policy policy) {
    return namespace + ":" + policy.name() + ":" + rule(policy) + ":";
  }

  /** 128 bits of SHA-256 over the UTF-16 code units of any string, in base64url. */
  static String hash(String text) {
    ByteBuffer units = ByteBuffer.allocate(2 * text.length());
    units.asCharBuffer().put(text);
    return hash(units.array());
  }

  /**
   * Which of the {@link #TAGS} tags a tenant's or a key's counters have. Each tag lies in its own 64th of the slots, so that nodes with equal
   * ranges of slots have equally many.
   *
   * @param hash of the tenant or, where there is none, of the key
   */
  static int tag(String hash) {
    return hash.hashCode() & TAGS - 1;
  }

  /** The tag between braces, and a colon. */
  static String tagText(int tag) {
    return TAG_TEXTS.get(tag);
  }

  private static List<String> tags() {
    String[] tags = new String[TAGS];
    for (int number = 0, found = 0; found < TAGS; number++) {
      int part = SlotHash.getSlot(ascii(number)) / (SlotHash.SLOT_COUNT / TAGS);
      if (tags[part] == null) {
        tags[part] = "{" + number + "}:";
        found++;
      }
    }
    return List.of(tags);
  }

  static byte[] ascii(long number) {
    return ascii(Long.toString(number));
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String rule(Policy policy) {
    Limit limit = policy.limit();
    // What is stored has changed, for the log twice. Whoever stored the other keeps another key.
    String rule = "%s/3 %s %s %s"
        .formatted(
            policy.algorithm().id(),
            limit.permits(),
            limit.windowMicros(),
            policy.algorithm().parameter(limit));
    return hash(ascii(rule)).substring(0, RULE_LETTERS);
  }

  private static String hash(byte[] content) {
    byte[] hash = Arrays.copyOf(digest("SHA-256").digest(content), HASH_BYTES);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
  }

  static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + algorithm, e);
    }
  }
}
