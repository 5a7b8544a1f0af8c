package dev.ratelab.bench.workload;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** How often which client sends. */
public enum Popularity {
  /** All equally often: no two threads ask for one key at a time, and the caches of the machine help least. */
  UNIFORM("uniform"),
  /**
   * The client of rank k in proportion to k<sup>-0.99</sup>, the skew of the YCSB benchmark (Cooper et al., 2010): of 10,000 the
   * first sends a tenth of all. As fast as decisions come, the first ranks are far over a limit of 100 a second and most are not,
   * so that a load holds admissions and denials.
   */
  ZIPF("zipf-0.99"),
  /** One client only: every thread asks for the same key, and nearly every decision is a denial. */
  ONE_HOT_KEY("one-hot-key"),
  /** The first client sends half of the requests, any sends the rest. */
  HALF_HOT("half-hot");

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

  /** Draws so many senders of these clients, by their ranks from 0 on. */
  int[] draw(SplittableRandom random, int clients, int length) {
    int[] ranks = new int[length];
    ZipfSampler zipf = new ZipfSampler(this == ZIPF ? clients : 1);
    for (int i = 0; i < length; i++) {
      ranks[i] = switch (this) {
        case UNIFORM -> random.nextInt(clients);
        case ZIPF -> zipf.next(random);
        case ONE_HOT_KEY -> 0;
        case HALF_HOT -> random.nextBoolean() ? 0 : random.nextInt(clients);
      };
    }
    return ranks;
  }
}
