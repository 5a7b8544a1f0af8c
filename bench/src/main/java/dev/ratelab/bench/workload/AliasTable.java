package dev.ratelab.bench.workload;

import java.util.random.RandomGenerator;

/** Numbers from 0 on in proportion to weights, each for one draw and one look into a table (Walker 1977, Vose 1991). */
public final class AliasTable {
  /** Of each number: below which of 2<sup>31</sup> it is itself, and which it is above that. */
  private final long[] table;

  /**
   * Makes the table.
   *
   * @param weights 0 or more each, and not all 0; what they are is lost
   */
  public AliasTable(double[] weights) {
    int n = weights.length;
    table = new long[n];
    double sum = 0;
    for (double weight : weights) {
      sum += weight;
    }
    int[] order = new int[n];
    int small = 0;
    int large = n;
    for (int i = 0; i < n; i++) {
      weights[i] *= n / sum;
      order[weights[i] < 1 ? small++ : --large] = i;
    }
    // Those below small are under one share each, those from large on over one or just one.
    int next = 0;
    while (next < small && large < n) {
      int under = order[next++];
      int over = order[large];
      set(under, weights[under], over);
      weights[over] -= 1 - weights[under];
      if (weights[over] < 1) {
        // Its place is given up, and it is the next one under a share.
        large++;
        order[--next] = over;
      }
    }
    while (next < small) {
      set(order[next], 1, order[next++]);
    }
    while (large < n) {
      set(order[large], 1, order[large++]);
    }
  }

  private void set(int number, double share, int other) {
    table[number] = ((long) Math.rint(Math.min(1, share) * (1L << 31)) << 32) | other;
  }

  /** The next number. */
  public int next(RandomGenerator random) {
    long drawn = random.nextLong();
    long entry = ((drawn >>> 32) * table.length) >>> 32;
    long row = table[(int) entry];
    return (drawn & 0x7fffffffL) < row >>> 32 ? (int) entry : (int) row;
  }
}
