package dev.ratelab.limiter.memory;

import dev.ratelab.limiter.memory.KeyHash.Hashed;

/** What a state belongs to: a rule, and 128 bits for what it counts, its tenant among it. The order is for locking. */
final class Counter implements Comparable<Counter> {
  final Rule rule;
  private final long low;
  private final long high;

  Counter(Rule rule, Hashed counted) {
    this.rule = rule;
    low = counted.low();
    high = counted.high();
  }

  /** Two of one request never compare as equal, since it names each policy once. */
  @Override
  public int compareTo(Counter other) {
    if (low != other.low) {
      return low < other.low ? -1 : 1;
    }
    return high != other.high
        ? Long.compare(high, other.high)
        : rule.name().compareTo(other.rule.name());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Counter counter
        && low == counter.low
        && high == counter.high
        && rule.equals(counter.rule);
  }

  /** The rule is in it, or the policies of one key would all lie in one place of a table. */
  @Override
  public int hashCode() {
    return (int) low ^ rule.hashCode();
  }
}
