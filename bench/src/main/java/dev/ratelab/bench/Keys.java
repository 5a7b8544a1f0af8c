package dev.ratelab.bench;

import java.util.SplittableRandom;

/**
 * Who sends the requests of a load: half of them come from {@value #HOT} clients, the other half from {@value #COLD},
 * each as likely as the other. As fast as decisions come, the few are far over a limit of 100 a second and the many are
 * not, so that most loads hold admissions and denials; an open loop of 2,000 a second sends 125 for each of the few. A
 * sequence is drawn once from a seed and then repeated, because drawing must not be measured.
 */
public final class Keys {
  /** Clients that send half of all requests. */
  public static final int HOT = 8;

  /** Clients that send the other half. */
  public static final int COLD = 10_000;

  // A power of two; long enough that nearly every cold client appears, small enough for a core's
  // cache.
  private static final int LENGTH = 1 << 16;

  private final String[] sequence = new String[LENGTH];

  /**
   * Draws a sequence.
   *
   * @param seed the run's seed
   * @param stream which of the run's sequences: one for each thread
   */
  public Keys(long seed, long stream) {
    SplittableRandom random = new SplittableRandom(Seeds.derive(seed, "keys", stream));
    String[] names = new String[HOT + COLD];
    for (int i = 0; i < names.length; i++) {
      names[i] = "user" + i;
    }
    for (int i = 0; i < LENGTH; i++) {
      sequence[i] = names[random.nextBoolean() ? random.nextInt(HOT) : HOT + random.nextInt(COLD)];
    }
  }

  /** The sender of request number i; the sequence starts again after its end. */
  public String at(int i) {
    return sequence[i & (LENGTH - 1)];
  }
}
