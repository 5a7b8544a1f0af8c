package dev.ratelab.limiter.memory;

import java.security.SecureRandom;

/**
 * Any string as 128 bits: SipHash-2-4-128 under a secret (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) over its
 * UTF-16 code units.
 *
 * <p>A store that keeps these in place of keys takes the same room for a key of any length. Nobody who does not know the secret can
 * choose keys that collide, be it in all 128 bits or in those that a table looks at; two of a billion keys collide by
 * chance once in 10<sup>20</sup> such stores. A key cannot be computed from its hash. Whoever reads the memory of the process finds the secret
 * too, and can try whether a key that he guesses is there.
 */
public final class KeyHash {
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

  /** The hash under a given secret, for the reference's own examples. */
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
    int whole = length & ~3;
    for (int i = 0; i < whole; i += 4) {
      sip.add(text.charAt(i)
          | (long) text.charAt(i + 1) << 16
          | (long) text.charAt(i + 2) << 32
          | (long) text.charAt(i + 3) << 48);
    }
    // The length in bytes, of which the last one counts, above what is left of the text.
    long last = (long) length << 57;
    for (int i = whole; i < length; i++) {
      last |= (long) text.charAt(i) << (16 * (i - whole));
    }
    return sip.end(last);
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
