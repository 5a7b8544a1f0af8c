package dev.ratelab.bench.simulate;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.lease.LeasedCounter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An instance borrows blocks and spends them by itself: the shipped {@link LeasedCounter}, one for each pair of an instance and a key
 * that {@link FleetSettings.Memory#pairs} has room for. A request for a key beyond them asks for what a new one would ask for, and what
 * it does not use is lost: so a key that an instance hardly ever sees twice within a lease.
 */
final class BorrowLeases implements FleetDesign {
  private static final int BORROW = 0;
  private static final int GRANTED = 1;
  private static final int REFUSED = 2;
  private static final int FAILED = 3;
  private static final int ALONE = 4;

  /** Charged for each permit spent, at most, by blocks of 1, 2, 4 and so on: 15 for 5 when the third is half spent and renewed. */
  private static final long CHARGED_AS_THEY_GROW = 3;

  private final FleetRun run;
  private final EventWheel events;
  private final Policy policy;
  private final long smallest;
  private final int kept;
  private final long asksAlone;

  // Of each pair, an instance's together.
  private final @Nullable LeasedCounter[] counters;
  private final EventQueues waiting;

  private BorrowLeases(FleetRun run, long smallest) {
    this.run = run;
    this.smallest = smallest;
    events = run.events();
    policy = run.settings().policy();
    kept = run.settings().keptKeys();
    int pairs = kept * run.settings().instances();
    counters = new LeasedCounter[pairs];
    waiting = new EventQueues(events, pairs);
    asksAlone = newCounter().borrow(run.start(), 1);
  }

  /** All blocks are as large as the lease allows. */
  static BorrowLeases fixed(FleetRun run) {
    return new BorrowLeases(run, run.settings().lease().permits());
  }

  /** Blocks as large as the demand. */
  static BorrowLeases adaptive(FleetRun run) {
    return new BorrowLeases(run, 1);
  }

  private LeasedCounter newCounter() {
    return new LeasedCounter(policy, smallest);
  }

  @Override
  public long readAhead(int instance, int key) {
    LeasedCounter counter = key < kept ? counters[instance * kept + key] : null;
    return counter == null ? 0 : counter.remaining(0);
  }

  @Override
  public void arrive(int instance, int key, long now) {
    if (key >= kept) {
      ask(run.event(ALONE, instance, key, now, asksAlone), now);
      return;
    }
    int pair = instance * kept + key;
    LeasedCounter counter = counters[pair];
    if (counter == null) {
      counter = newCounter();
      counters[pair] = counter;
    }
    long local = run.clock(instance, now);
    if (!decide(counter, key, local, now, now)) {
      waiting.add(pair, run.event(0, instance, key, now, 1));
      borrow(instance, key, counter.borrow(local, 1, waiting.size(pair)), now);
    } else {
      borrow(instance, key, counter.borrowAhead(local), now);
    }
  }

  /** Whether it could be decided here. */
  private boolean decide(LeasedCounter counter, int key, long local, long asked, long now) {
    if (counter.spend(local, 1)) {
      run.tally().admit(key, now, now - asked);
      return true;
    }
    if (counter.refusedUntil(local, 1) > local) {
      run.tally().deny(now - asked);
      return true;
    }
    return false;
  }

  private void borrow(int instance, int key, long permits, long now) {
    if (permits > 0) {
      run.send(run.event(BORROW, instance, key, now, permits), run.shard(key), now, FAILED);
    }
  }

  private void ask(int event, long now) {
    if (!run.send(event, run.shard(events.key(event)), now)) {
      run.end(event, false, now, Long.MAX_VALUE);
    }
  }

  @Override
  public void atShard(int event, long now) {
    int key = events.key(event);
    int shard = run.shard(key);
    long decided = run.serve(shard, now, run.settings().redis().deciding(1));
    boolean allowed = run.counters().decide(key, decided, events.b(event));
    if (events.kind(event) == ALONE) {
      answerAlone(event, allowed, decided, run.answered(shard, events.instance(event)));
    } else if (run.sendBack(event, shard, now, FAILED)) {
      events.kind(event, allowed ? GRANTED : REFUSED);
      events.object(event, run.counters().decision());
    }
  }

  private void answerAlone(int event, boolean allowed, long decided, long answered) {
    long instead = allowed || events.b(event) == 1 ? 0 : insteadOf(events.b(event));
    if (instead == 0 || answered > events.a(event) + run.settings().deadline()) {
      run.end(event, allowed, decided, answered);
    } else {
      events.b(event, instead);
      run.wake(event, answered);
    }
  }

  /** What a new counter asks for when so much is refused. */
  private long insteadOf(long refused) {
    LeasedCounter counter = newCounter();
    return counter.borrow(run.start(), 1) == refused
        ? counter.refused(run.start(), run.start(), run.counters().decision())
        : 0;
  }

  @Override
  public void atInstance(int event, long now) {
    if (events.kind(event) == ALONE) {
      ask(event, now);
      return;
    }
    int instance = events.instance(event);
    int key = events.key(event);
    int kind = events.kind(event);
    int pair = instance * kept + key;
    LeasedCounter counter = Objects.requireNonNull(counters[pair]);
    long sent = run.clock(instance, events.a(event));
    long local = run.clock(instance, now);
    Decision decision = (Decision) events.object(event);
    events.object(event, null);
    events.free(event);
    if (kind == FAILED || decision == null) {
      counter.failed();
      endAll(pair, now);
    } else if (kind == GRANTED) {
      counter.granted(sent, local, decision);
      denyBeyond(counter.remaining(local) + decision.remaining(), pair, now);
      decideWaiting(instance, key, counter, now);
    } else {
      long instead = counter.refused(sent, local, decision);
      if (instead > 0) {
        borrow(instance, key, instead, now);
      } else if (counter.refusedUntil(sent, 1) > sent) {
        // The answer may have taken longer than it holds.
        denyBeyond(0, pair, now);
      } else {
        decideWaiting(instance, key, counter, now);
      }
    }
  }

  private void decideWaiting(int instance, int key, LeasedCounter counter, long now) {
    int pair = instance * kept + key;
    long local = run.clock(instance, now);
    while (waiting.first(pair) != 0) {
      int request = waiting.first(pair);
      long asked = events.a(request);
      if (now - asked > run.settings().deadline()) {
        run.tally().unanswered(now - asked);
      } else if (!decide(counter, key, local, asked, now)) {
        if (events.b(request) < LeasedCounter.MOST_BORROWS) {
          waitOnce(request);
          borrow(instance, key, counter.borrow(local, 1, waiting.size(pair)), now);
          return;
        }
        ask(run.event(ALONE, instance, key, asked, 1), now);
      }
      waiting.freeFirst(pair);
      borrow(instance, key, counter.borrowAhead(local), now);
    }
  }

  /** As the served limiter does with those who wait for more than there is. */
  private void denyBeyond(long room, int pair, long now) {
    if (waiting.size(pair) <= room) {
      return;
    }
    for (int request = waiting.cut(pair, (int) room); request != 0; ) {
      long waited = now - events.a(request);
      if (waited > run.settings().deadline()) {
        run.tally().unanswered(waited);
      } else {
        run.tally().deny(waited);
      }
      request = events.free(request);
    }
  }

  /** Counts that a request, and all behind it, wait for one more borrow. */
  private void waitOnce(int first) {
    for (int request = first; request != 0; request = events.link(request)) {
      events.b(request, events.b(request) + 1);
    }
  }

  private void endAll(int pair, long now) {
    while (waiting.first(pair) != 0) {
      run.tally().unanswered(now - events.a(waiting.first(pair)));
      waiting.freeFirst(pair);
    }
  }

  @Override
  public void crash(int instance, long now) {
    for (int pair = instance * kept; pair < (instance + 1) * kept; pair++) {
      counters[pair] = null;
      while (waiting.first(pair) != 0) {
        run.tally().crashed();
        waiting.freeFirst(pair);
      }
    }
  }

  @Override
  public void forget(int event) {
    if (events.kind(event) == ALONE) {
      run.tally().crashed();
    }
    events.object(event, null);
    events.free(event);
  }

  @Override
  public long mostCharged() {
    return smallest > 1
        ? smallest
        : Math.min(run.settings().lease().permits(), CHARGED_AS_THEY_GROW);
  }
}
