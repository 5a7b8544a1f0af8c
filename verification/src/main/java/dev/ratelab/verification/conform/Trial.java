package dev.ratelab.verification.conform;

import java.util.ArrayList;
import java.util.List;

/**
 * All that was seen of a limiter.
 *
 * @param keys what was asked, a key each
 * @param held what it held at the end, after all keys had been silent for longer than their state can count; empty where it is not told
 * @param idleMicros for how long they had been silent then
 * @param seconds how long all of it took
 * @param untried what failed and left the rest as it is; mostly empty
 */
public record Trial(
    List<KeyHistory> keys,
    List<Long> held,
    long idleMicros,
    double seconds,
    List<Untried> untried) {
  public Trial {
    keys = List.copyOf(keys);
    held = List.copyOf(held);
    untried = List.copyOf(untried);
  }

  /** Requests alone, with nothing else known. */
  public static Trial of(List<KeyHistory> keys) {
    return new Trial(keys, List.of(), 0, 0, List.of());
  }

  /** How many requests were sent. */
  public long requests() {
    return keys.stream().mapToLong(key -> key.seen().size()).sum();
  }

  /** Whether it was seen to admit and to deny: where it was not, no promise was tried. */
  public boolean reachedTheLimit() {
    return keys.stream().flatMap(key -> key.seen().stream()).anyMatch(Observation::denied)
        && keys.stream().flatMap(key -> key.seen().stream()).anyMatch(Observation::admitted);
  }

  /** The most that was surely admitted of one key within a length in microseconds, by instances whose clocks are right and a Redis that is there. */
  public long mostWithin(long micros) {
    List<Long> each = new ArrayList<>();
    for (KeyHistory key : keys) {
      if (key.attack() != Attack.OTHER_KEY
          && key.attack() != Attack.CLOCK
          && !key.attack().troublesRedis()) {
        each.add(Excess.within(key.seen(), micros));
      }
    }
    return each.stream().mapToLong(Long::longValue).max().orElse(0);
  }
}
