package dev.ratelab.bench.simulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.NavigableMap;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class EventWheelTest {
  private static final long START = 1_000_003;

  @Test
  void bringsEventsInOrderOfTimeAndThenOfSending() {
    EventWheel wheel = new EventWheel(START);
    TreeMap<Long, Queue<Integer>> expected = new TreeMap<>();
    SplittableRandom random = new SplittableRandom(5);
    long now = START;
    for (int i = 0; i < 20_000; i++) {
      // Few instants, so that many events share one, sent from near and from far.
      long ahead = random.nextInt(3) == 0 ? EventWheel.HORIZON - 1 : random.nextInt(10_000);
      long at = now + ahead - (now + ahead) % 977;
      if (at >= now) {
        int event = wheel.take(0, 0, 0, i, 0, 0);
        wheel.schedule(event, at);
        expected.computeIfAbsent(at, any -> new ArrayDeque<>()).add(i);
      }
      if (i % 8 == 0) {
        now += random.nextInt(3_000);
        expect(wheel, expected, now);
      }
    }
    expect(wheel, expected, now + EventWheel.HORIZON);
    assertTrue(wheel.isEmpty());
    assertTrue(expected.isEmpty());
  }

  private static void expect(
      EventWheel wheel, NavigableMap<Long, Queue<Integer>> expected, long until) {
    for (int event = wheel.next(until); event != 0; event = wheel.next(until)) {
      assertEquals(expected.firstKey(), wheel.now());
      Queue<Integer> first = expected.firstEntry().getValue();
      assertEquals(first.remove(), wheel.key(event));
      if (first.isEmpty()) {
        expected.pollFirstEntry();
      }
      wheel.free(event);
    }
    assertTrue(expected.isEmpty() || expected.firstKey() >= until);
  }
}
