package dev.ratelab.limiter.memory;

import java.security.SecureRandom;

/**
 * Any string as 128 bits: SipHash-1-3-128 under a secret (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; with one and
 * three rounds as in the hash tables of Rust, Python and Ruby). It is that of the string's Latin-1 bytes or, for a string with other
 * characters, of its UTF-16 bytes under another secret.
 *
 * <p>A store that keeps these in place of keys takes the same room for a key of any length. Nobody who does not know the secret can
 * choose keys that collide, be it in all 128 bits or in those that a table looks at; two of a billion keys collide by
 * chance once in 10<sup>20</sup> such stores. A key cannot be computed from its hash. Whoever reads the memory of the process finds the secret
 * too, and can try whether a key that he guesses is there.
 */
public final class KeyHash {
  /** Makes the secret for strings that are not Latin-1. */
  private static final long WIDE = 0x9E37_79B9_7F4A_7C15L;

  private final long secretLow;
  private final long secretHigh;

  private KeyHash(long secretLow, long secretHigh) {
    this.secretLow = secretLow;
    this.secretHigh = secretHigh;
  }

  /** A hash under a new secret, unlike that of any other. */
  public static KeyHash random() {
    SecureRandom random = new SecureRandom();
    return new KeyHash(random.nextLong(), random.nextLong());
  }

  /** The hash under a given secret, for the reference's own examples, and where a test must not depend on chance. */
  static KeyHash of(long secretLow, long secretHigh) {
    return new KeyHash(secretLow, secretHigh);
  }

  /** A hash whose secret is what this one makes of a text: one for each tenant, for example. */
  KeyHash under(String text) {
    Hashed secret = of(text);
    return new KeyHash(secret.low, secret.high);
  }

  /** The hash of a text. Equal texts have equal ones. */
  public Hashed of(String text) {
    Sip sip = new Sip(secretLow, secretHigh);
    int length = text.length();
    int seen = 0;
    long word = 0;
    for (int i = 0; i < length; i++) {
      char unit = text.charAt(i);
      seen |= unit;
      word |= (long) unit << (8 * (i & 7));
      if ((i & 7) == 7) {
        sip.add(word);
        word = 0;
      }
    }
    return seen > 0xff ? wide(text) : sip.end(word | (long) length << 56);
  }

  private Hashed wide(String text) {
    Sip sip = new Sip(secretLow ^ WIDE, secretHigh);
    int length = text.length();
    long word = 0;
    for (int i = 0; i < length; i++) {
      word |= (long) text.charAt(i) << (16 * (i & 3));
      if ((i & 3) == 3) {
        sip.add(word);
        word = 0;
      }
    }
    return sip.end(word | (long) length << 57);
  }

  /**
   * 128 bits.
   *
   * @param low the first eight bytes, little endian
   * @param high the others
   */
  public record Hashed(long low, long high) {
    /** Any bits of it are as good as others. */
    @Override
    public int hashCode() {
      return (int) low;
    }
  }

  /** The state, in names and order of the paper. It never leaves the method that made it, so it costs no memory. */
  private static final class Sip {
    private long v0;
    private long v1;
    private long v2;
    private long v3;

    Sip(long secretLow, long secretHigh) {
      v0 = secretLow ^ 0x736f6d6570736575L;
      v1 = secretHigh ^ 0x646f72616e646f6dL ^ 0xee;
      v2 = secretLow ^ 0x6c7967656e657261L;
      v3 = secretHigh ^ 0x7465646279746573L;
    }

    void add(long word) {
      v3 ^= word;
      round();
      v0 ^= word;
    }

    Hashed end(long last) {
      add(last);
      v2 ^= 0xee;
      long low = finished();
      v1 ^= 0xdd;
      return new Hashed(low, finished());
    }

    private long finished() {
      round();
      round();
      round();
      return v0 ^ v1 ^ v2 ^ v3;
    }

    private void round() {
      v0 += v1;
      v2 += v3;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 = Long.rotateLeft(v0, 32) + v3;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 = Long.rotateLeft(v2, 32);
    }
  }
}
