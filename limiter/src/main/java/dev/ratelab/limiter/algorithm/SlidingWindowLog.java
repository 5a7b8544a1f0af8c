package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The exact sliding window: every admission within the last window, by its timestamp. Admits iff {@code A(t-W, t] + c ≤
 * N}. E(τ) = N·ceil(τ/W).
 *
 * <p>The log is a persistent list, newest first, made of complete trees (the skew binary list of Okasaki 1995). An admission
 * is put before it in constant time. Each entry knows the cost of all before it, so what lies between two entries is a
 * difference; and both what has left the window and when enough will have are found in logarithmic time, whatever a
 * request costs. A tree is dropped when all of it has left: at most three times the entries that once counted together
 * are kept.
 */
public final class SlidingWindowLog implements Transition<SlidingWindowLog.Log> {
  private static final long LOG_BYTES = 24;
  private static final long LINK_BYTES = 32;
  private static final long ENTRY_BYTES = 40;

  /** More than any list has, whose trees double. */
  private static final int MOST_TREES = 64;

  /** How many times the entries that once counted together are kept. */
  private static final int MOST_KEPT = 3;

  private final long permits;
  private final long window;

  /**
   * What was admitted.
   *
   * @param trees all entries
   * @param total the cost of all entries and of those dropped; it may overflow, for only differences count
   */
  public record Log(Trees trees, long total) {
    private long newest() {
      return trees.tree.time;
    }
  }

  /**
   * A list of trees, newest first. Only the first two may be of one size.
   *
   * @param size how many entries the first tree has
   * @param tree the first tree
   * @param older the rest of the list
   */
  public record Trees(long size, Tree tree, @Nullable Trees older) {}

  /**
   * An entry, which is an instant that admitted something, and those before it: either no tree or two of one size.
   *
   * @param time the instant in microseconds
   * @param before the cost of all that was admitted before
   * @param newer the entries next before this one
   * @param older those before them
   */
  public record Tree(
      long time,
      long before,
      @Nullable Tree newer,
      @Nullable Tree older) {}

  /** Where the list divides: the oldest entry that passes, and the newest that does not. */
  private record Cut(@Nullable Tree passes, @Nullable Tree fails) {}

  public SlidingWindowLog(Limit limit) {
    permits = limit.permits();
    window = limit.windowMicros();
  }

  /** The most permits whose log never takes more than so many bytes, and at least 1, whose log is small. */
  public static long mostPermits(long bytes) {
    return Math.max(1, (bytes - LOG_BYTES - MOST_TREES * LINK_BYTES) / (MOST_KEPT * ENTRY_BYTES));
  }

  @Override
  public Step<Log> apply(@Nullable Log state, long now, long cost) {
    long edge = now - window;
    if (state == null || state.newest() <= edge) {
      Trees alone = new Trees(1, new Tree(now, 0, null, null), null);
      return new Step<>(new Log(alone, cost), Decision.allow(permits, permits - cost, window));
    }
    long newest = state.newest();
    Tree first =
        Objects.requireNonNull(cut(state.trees, entry -> entry.time > edge).passes, "the newest");
    long used = state.total - first.before;
    long over = used + cost - permits;
    if (over <= 0 && newest <= now) {
      Trees trees = newest == now ? state.trees : with(after(edge, state.trees), now, state.total);
      return new Step<>(
          new Log(trees, state.total + cost),
          Decision.allow(permits, permits - used - cost, window));
    }
    long retryAt = newest;
    if (over > 0) {
      // Before an entry that passes enough has left already.
      Tree last = Objects.requireNonNull(
          cut(state.trees, entry -> entry.before - first.before >= over).fails, "the first");
      retryAt = Math.max(newest, last.time + window);
    }
    return new Step<>(
        state,
        Decision.deny(
            permits, newest > now ? 0 : permits - used, retryAt - now, newest + window - now));
  }

  private static Trees with(Trees list, long time, long before) {
    Trees second = list.older;
    return second != null && list.size == second.size
        ? new Trees(1 + 2 * list.size, new Tree(time, before, list.tree, second.tree), second.older)
        : new Trees(1, new Tree(time, before, null, null), list);
  }

  /** The list without the trees, but the first, of which all was admitted at the given instant or before. */
  private static Trees after(long time, Trees list) {
    Trees older = list.older;
    return new Trees(
        list.size, list.tree, older == null || older.tree.time <= time ? null : after(time, older));
  }

  /** Divides a list by a condition that, of any two entries, the newer one passes if the older one does. */
  private static Cut cut(Trees list, Predicate<Tree> condition) {
    Tree passes = null;
    Tree fails = null;
    for (Trees rest = list; rest != null && fails == null; rest = rest.older) {
      if (condition.test(rest.tree)) {
        passes = rest.tree;
      } else {
        fails = rest.tree;
      }
    }
    while (passes != null && passes.older != null) {
      if (condition.test(passes.older)) {
        passes = passes.older;
      } else {
        fails = passes.older;
        Tree newer = Objects.requireNonNull(passes.newer, "two trees or none");
        if (!condition.test(newer)) {
          return new Cut(passes, newer);
        }
        passes = newer;
      }
    }
    return new Cut(passes, fails);
  }

  @Override
  public long resetAt(Log state) {
    return state.newest() + window;
  }

  @Override
  public long bytes(Log state) {
    long bytes = LOG_BYTES;
    for (Trees trees = state.trees; trees != null; trees = trees.older) {
      bytes += LINK_BYTES + ENTRY_BYTES * trees.size;
    }
    return bytes;
  }
}
