package dev.ratelab.server.http;

import dev.ratelab.server.http.RequestMemory.Holding;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Bounds the memory that requests take, of all connections together, from their first byte until their answers are sent. Where they take
 * more, those connections give way that have gone the longest without an answer; a connection that takes little is never asked to.
 *
 * <p>Any thread may call it.
 */
public final class RequestMemory {
  /** What each connection may take uncounted, in bytes. An ordinary check takes less. */
  static final int FREE = 4096;

  /** What a byte of a request takes until the request is whole: a body's buffer doubles as it grows, and a field is an object. */
  static final int FACTOR = 3;

  /** What a byte of a body takes while its request waits for its answer. */
  static final int PENDING_FACTOR = 16;

  private static final int SHARE = 8;
  private static final int MOST_SHARE = 6;

  private final long bound;
  private final long most;
  private final Set<Holding> holdings = new LinkedHashSet<>();
  private long total;
  private long promised;

  /** For a heap of so many bytes. Requests may hold an eighth of it; with what connections were asked to give back, a sixth. */
  RequestMemory(long heap) {
    bound = heap / SHARE;
    most = heap / MOST_SHARE;
  }

  /** The longest body of which one fits, in bytes. */
  public static int largestBody() {
    long most = Runtime.getRuntime().maxMemory() / SHARE / PENDING_FACTOR;
    return (int) Math.min(ServerOptions.MAX_BODY_BYTES, most);
  }

  static RequestMemory ofHeap() {
    return new RequestMemory(Runtime.getRuntime().maxMemory());
  }

  /**
   * One connection takes this much now.
   *
   * @param bytes all that it takes
   * @param progress whether an answer was made since it was told last
   * @return false if that is too much, and it should give way itself
   */
  boolean hold(Holding who, long bytes, boolean progress) {
    long counted = Math.max(0, bytes - FREE);
    if (counted == 0 && who.counted == 0) {
      return true;
    }
    List<Holding> late = new ArrayList<>();
    boolean fits;
    synchronized (this) {
      long more = counted - who.counted;
      who.counted = counted;
      total += more;
      if (who.asked) {
        promised += more;
      }
      if (counted == 0 || progress) {
        holdings.remove(who);
        if (who.asked) {
          // What it held then is answered; what it holds now is another's to ask for.
          who.asked = false;
          promised -= counted;
        }
      }
      if (counted > 0 && !who.asked) {
        holdings.add(who);
      }
      fits = more <= 0 || total <= most;
      if (more > 0) {
        askToGiveWay(who, late);
      }
    }
    late.forEach(each -> each.giveWay.run());
    return fits;
  }

  private void askToGiveWay(Holding asking, List<Holding> late) {
    var oldest = holdings.iterator();
    while (total - promised > bound && oldest.hasNext()) {
      Holding next = oldest.next();
      if (next != asking) {
        oldest.remove();
        next.asked = true;
        promised += next.counted;
        late.add(next);
      }
    }
  }

  static final class Holding {
    private final Runnable giveWay;
    private long counted;
    private boolean asked;

    /** That of a connection that takes nothing yet. What frees its memory is called on any thread. */
    Holding(Runnable giveWay) {
      this.giveWay = giveWay;
    }
  }
}
