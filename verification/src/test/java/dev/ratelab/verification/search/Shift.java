package dev.ratelab.verification.search;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.FixedWindow;
import dev.ratelab.limiter.algorithm.Gcra;
import dev.ratelab.limiter.algorithm.SlidingWindowBuckets;
import dev.ratelab.limiter.algorithm.SlidingWindowCounter;
import dev.ratelab.limiter.algorithm.SlidingWindowLog;
import dev.ratelab.limiter.algorithm.SlidingWindowLog.Log;
import dev.ratelab.limiter.algorithm.SlidingWindowLog.Tree;
import dev.ratelab.limiter.algorithm.SlidingWindowLog.Trees;
import dev.ratelab.limiter.algorithm.TokenBucket;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Moves states back by whole windows, so that what differs in nothing but the date is one state and all states are
 * finitely many. It relies on no algorithm's meaning but one: windows begin at multiples of their length, so a whole
 * window earlier everything is as it was.
 */
final class Shift {
  private static final long ANY = 1_000_000;

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
    } else if (state instanceof SlidingWindowBuckets.Counts counted) {
      int buckets = counted.costs().length - 1;
      moved = new SlidingWindowBuckets.Counts(counted.index() - windows * buckets, counted.costs());
    } else if (state instanceof TokenBucket.Level level) {
      moved = new TokenBucket.Level(level.level(), level.at() - windows * window);
    } else if (state instanceof Gcra.Tat tat) {
      moved = new Gcra.Tat(tat.micros() - windows * window, tat.fraction());
    } else if (state instanceof Increx.Counter counter) {
      moved = new Increx.Counter(counter.value(), counter.expires() - windows * window);
    } else if (state instanceof Log log) {
      moved = rebuilt(log, Long.MIN_VALUE, windows * window);
    } else {
      throw new IllegalArgumentException("cannot move a " + state.getClass().getName());
    }
    return (S) moved;
  }

  /** Without the entries, but the newest, that no window which ends now or later holds, and in the shape that the others alone would have. */
  Log live(Log log, long now) {
    return rebuilt(log, now - window, 0);
  }

  private Log rebuilt(Log log, long after, long earlier) {
    List<Tree> newestFirst = new ArrayList<>();
    for (Trees trees = log.trees(); trees != null; trees = trees.older()) {
      collect(trees.tree(), newestFirst);
    }
    // A limit that denies nothing of what was admitted.
    SlidingWindowLog any = new SlidingWindowLog(new Limit(ANY, window, ANY));
    @Nullable Log rebuilt = null;
    for (int i = newestFirst.size() - 1; i >= 0; i--) {
      Tree entry = newestFirst.get(i);
      long next = i == 0 ? log.total() : newestFirst.get(i - 1).before();
      if (i == 0 || entry.time() > after) {
        rebuilt =
            any.apply(rebuilt, entry.time() - earlier, next - entry.before()).state();
      }
    }
    return Objects.requireNonNull(rebuilt, "a log has entries");
  }

  private static void collect(@Nullable Tree tree, List<Tree> newestFirst) {
    if (tree != null) {
      newestFirst.add(tree);
      collect(tree.newer(), newestFirst);
      collect(tree.older(), newestFirst);
    }
  }
}
