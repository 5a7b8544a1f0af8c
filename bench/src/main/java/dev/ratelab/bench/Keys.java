package dev.ratelab.bench;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * Who sends the requests of a load, of {@value #CLIENTS} clients. A sequence is drawn once from a seed and then repeated,
 * because drawing must not be measured. Each thread of a load draws one of its own.
 */
public final class Keys {
  /** Clients that may send. */
  public static final int CLIENTS = 10_000;

  private static final double ZIPF_EXPONENT = 0.99;

  // A power of two; long enough that nearly every client appears, small enough for a core's cache.
  private static final int LENGTH = 1 << 16;

  /** How often which client sends. */
  public enum Popularity {
    /** All equally often: no two threads ask for one key at a time, and the caches of the machine help least. */
    UNIFORM("uniform"),
    /**
     * The client of rank k in proportion to k<sup>-0.99</sup>, the skew of the YCSB benchmark (Cooper et al., 2010): the
     * first sends a tenth of all. As fast as decisions come, the first ranks are far over a limit of 100 a second and most
     * are not, so that a load holds admissions and denials.
     */
    ZIPF("zipf-0.99"),
    /** One client only: every thread asks for the same key, and nearly every decision is a denial. */
    ONE_HOT_KEY("one-hot-key");

    private final String id;

    Popularity(String id) {
      this.id = id;
    }

    /** The workload's name on the command line and in the results. */
    public String id() {
      return id;
    }

    /**
     * The popularity of this {@link #id()}.
     *
     * @throws IllegalArgumentException if there is none; the message lists those there are
     */
    public static Popularity of(String id) {
      return Arrays.stream(values())
          .filter(popularity -> popularity.id.equals(id))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("unknown workload '%s'; accepted: %s"
              .formatted(
                  id,
                  Arrays.stream(values()).map(Popularity::id).collect(Collectors.joining(", ")))));
    }
  }

  private final String[] sequence = new String[LENGTH];

  /** {@link Popularity#ZIPF}, as most loads are. */
  public Keys(long seed, long stream) {
    this(Popularity.ZIPF, seed, stream);
  }

  /**
   * Draws a sequence.
   *
   * @param popularity how often which client sends
   * @param seed the run's seed
   * @param stream which of the run's sequences: one for each thread
   */
  public Keys(Popularity popularity, long seed, long stream) {
    SplittableRandom random = new SplittableRandom(Seeds.derive(seed, "keys", stream));
    String[] names = new String[CLIENTS];
    Arrays.setAll(names, i -> "user" + i);
    // StrictMath, because Math may round differently on another machine.
    Odds odds = new Odds(CLIENTS, rank -> StrictMath.pow(rank + 1, -ZIPF_EXPONENT));
    for (int i = 0; i < LENGTH; i++) {
      sequence[i] = names[
          switch (popularity) {
            case UNIFORM -> random.nextInt(CLIENTS);
            case ZIPF -> odds.next(random);
            case ONE_HOT_KEY -> 0;
          }];
    }
  }

  /** The sender of request number i; the sequence starts again after its end. */
  public String at(int i) {
    return sequence[i & (LENGTH - 1)];
  }
}
