package dev.ratelab.verification.search;

import dev.ratelab.limiter.algorithm.FixedWindow;
import dev.ratelab.limiter.algorithm.Gcra;
import dev.ratelab.limiter.algorithm.SlidingWindowCounter;
import dev.ratelab.limiter.algorithm.SlidingWindowLog.Entry;
import dev.ratelab.limiter.algorithm.SlidingWindowLog.Log;
import dev.ratelab.limiter.algorithm.TokenBucket;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Moves states back by whole windows, so that what differs in nothing but the date is one state and all states are
 * finitely many. It relies on no algorithm's meaning but one: windows begin at multiples of their length, so a whole
 * window earlier everything is as it was.
 */
final class Shift {
  private final long window;

  /** For windows of so many microseconds. */
  Shift(long window) {
    this.window = window;
  }

  /** The state so many windows earlier. */
  @SuppressWarnings("unchecked")
  <S> S back(S state, long windows) {
    Object moved;
    if (state instanceof FixedWindow.Window counted) {
      moved = new FixedWindow.Window(counted.index() - windows, counted.used());
    } else if (state instanceof SlidingWindowCounter.Windows counted) {
      moved = new SlidingWindowCounter.Windows(
          counted.index() - windows, counted.current(), counted.previous());
    } else if (state instanceof TokenBucket.Level level) {
      moved = new TokenBucket.Level(level.level(), level.at() - windows * window);
    } else if (state instanceof Gcra.Tat tat) {
      moved = new Gcra.Tat(tat.micros() - windows * window, tat.fraction());
    } else if (state instanceof Log log) {
      moved = log(log, windows * window);
    } else {
      throw new IllegalArgumentException("cannot move a " + state.getClass().getName());
    }
    return (S) moved;
  }

  /** Without the entries that no window which ends now or later holds, and however they lay in two lists, in one. */
  Log live(Log log, long now) {
    Deque<Entry> oldestFirst = new ArrayDeque<>();
    for (Entry entry = log.front(); entry != null; entry = entry.next()) {
      oldestFirst.addLast(entry);
    }
    Deque<Entry> newer = new ArrayDeque<>();
    for (Entry entry = log.back(); entry != null; entry = entry.next()) {
      newer.addFirst(entry);
    }
    oldestFirst.addAll(newer);
    @Nullable Entry front = null;
    long size = 0;
    long total = log.newestCost();
    while (!oldestFirst.isEmpty() && oldestFirst.getLast().time() > now - window) {
      Entry newest = oldestFirst.removeLast();
      front = new Entry(newest.time(), newest.cost(), front);
      total += newest.cost();
      size++;
    }
    return new Log(front, size, null, 0, log.newest(), log.newestCost(), total);
  }

  private static Log log(Log log, long micros) {
    return new Log(
        entries(log.front(), micros),
        log.frontSize(),
        entries(log.back(), micros),
        log.backSize(),
        log.newest() - micros,
        log.newestCost(),
        log.total());
  }

  private static @Nullable Entry entries(@Nullable Entry entry, long micros) {
    return entry == null
        ? null
        : new Entry(entry.time() - micros, entry.cost(), entries(entry.next(), micros));
  }
}
