package dev.ratelab.bench.load;

import dev.ratelab.bench.Odds;
import java.util.Locale;
import java.util.SplittableRandom;

/** The keys of a load's requests: {@code user0} to {@code user<n-1>}, drawn from a seed. */
public final class LoadKeys {
  /** How the requests are spread over the keys. */
  public enum Skew {
    /** Every key is as likely. */
    UNIFORM,
    /** Key number i, from 0, is likely as 1/(i+1). */
    ZIPF,
    /** Half of the requests are of the first key, the rest of any. */
    HOT;

    /** The name on the command line. */
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  // Drawn once and then repeated; long enough that no cache between us and the server holds it all.
  private static final int LENGTH = 1 << 20;

  private final int[] sequence = new int[LENGTH];

  /**
   * Draws a sequence.
   *
   * @param seed the same seed gives the same keys
   * @param count how many keys there are, at least 1
   */
  public LoadKeys(long seed, int count, Skew skew) {
    SplittableRandom random = new SplittableRandom(seed);
    Odds odds = new Odds(count, i -> 1.0 / (i + 1));
    for (int i = 0; i < LENGTH; i++) {
      sequence[i] = switch (skew) {
        case UNIFORM -> random.nextInt(count);
        case HOT -> random.nextBoolean() ? 0 : random.nextInt(count);
        case ZIPF -> odds.next(random);
      };
    }
  }

  /** The key of request number i; the sequence starts again after its end. */
  public String at(int i) {
    return "user" + sequence[i & (LENGTH - 1)];
  }
}
