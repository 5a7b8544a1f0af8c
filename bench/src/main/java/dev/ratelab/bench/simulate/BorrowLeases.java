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
  private final long price;
  private final int kept;
  private final long asksAlone;

  // Of each pair, an instance's together.
  private final @Nullable LeasedCounter[] counters;
  private final int[] firstWaiting;
  private final int[] lastWaiting;
  private final int[] waiting;

  private BorrowLeases(FleetRun run, long smallest) {
    this.run = run;
    this.smallest = smallest;
    events = run.events();
    policy = run.settings().policy();
    FleetSettings.Redis redis = run.settings().redis();
    price = redis.call() + redis.decision();
    kept = run.settings().keptKeys();
    int pairs = kept * run.settings().instances();
    counters = new LeasedCounter[pairs];
    firstWaiting = new int[pairs];
    lastWaiting = new int[pairs];
    waiting = new int[pairs];
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
      int request = run.event(0, instance, key, now, 1);
      events.link(request, 0);
      if (firstWaiting[pair] == 0) {
        firstWaiting[pair] = request;
      } else {
        events.link(lastWaiting[pair], request);
      }
      lastWaiting[pair] = request;
      borrow(instance, key, counter.borrow(local, 1, ++waiting[pair]), now);
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
    if (permits == 0) {
      return;
    }
    int event = run.event(BORROW, instance, key, now, permits);
    if (!run.send(event, run.shard(key), now)) {
      events.kind(event, FAILED);
      run.wake(event, now + run.settings().deadline());
    }
  }

  private void ask(int event, long now) {
    int key = events.key(event);
    int shard = run.shard(key);
    if (!run.send(event, shard, now)) {
      end(event, false, now, Long.MAX_VALUE);
    }
  }

  private void end(int event, boolean allowed, long decided, long answered) {
    run.end(
        events.instance(event),
        events.key(event),
        allowed,
        events.a(event),
        decided,
        answered,
        events.epoch(event));
    events.free(event);
  }

  @Override
  public void atShard(int event, long now) {
    int key = events.key(event);
    int shard = run.shard(key);
    long decided = run.serve(shard, now, price);
    boolean allowed = run.counters().decide(key, decided, events.b(event));
    long answered = run.answered(shard, events.instance(event));
    if (events.kind(event) == ALONE) {
      answerAlone(event, allowed, decided, answered);
      return;
    }
    long deadline = Math.max(now, events.a(event) + run.settings().deadline());
    if (answered > deadline) {
      events.kind(event, FAILED);
    } else {
      events.kind(event, allowed ? GRANTED : REFUSED);
      events.object(event, run.counters().decision());
    }
    run.wake(event, Math.min(answered, deadline));
  }

  private void answerAlone(int event, boolean allowed, long decided, long answered) {
    long instead = allowed || events.b(event) == 1 ? 0 : insteadOf(events.b(event));
    if (instead == 0 || answered > events.a(event) + run.settings().deadline()) {
      end(event, allowed, decided, answered);
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
    while (firstWaiting[pair] != 0) {
      int request = firstWaiting[pair];
      long asked = events.a(request);
      if (now - asked > run.settings().deadline()) {
        run.tally().unanswered(now - asked);
      } else if (!decide(counter, key, local, asked, now)) {
        if (events.b(request) < LeasedCounter.MOST_BORROWS) {
          waitOnce(request);
          borrow(instance, key, counter.borrow(local, 1, waiting[pair]), now);
          return;
        }
        ask(run.event(ALONE, instance, key, asked, 1), now);
      }
      remove(pair);
      borrow(instance, key, counter.borrowAhead(local), now);
    }
  }

  /** As the served limiter does with those who wait for more than there is. */
  private void denyBeyond(long room, int pair, long now) {
    if (waiting[pair] <= room) {
      return;
    }
    int last = 0;
    int request = firstWaiting[pair];
    for (long i = 0; i < room; i++) {
      last = request;
      request = events.link(request);
    }
    waiting[pair] = (int) room;
    lastWaiting[pair] = last;
    if (last == 0) {
      firstWaiting[pair] = 0;
    } else {
      events.link(last, 0);
    }
    while (request != 0) {
      int next = events.link(request);
      long waited = now - events.a(request);
      if (waited > run.settings().deadline()) {
        run.tally().unanswered(waited);
      } else {
        run.tally().deny(waited);
      }
      events.free(request);
      request = next;
    }
  }

  /** Counts that a request, and all behind it, wait for one more borrow. */
  private void waitOnce(int first) {
    for (int request = first; request != 0; request = events.link(request)) {
      events.b(request, events.b(request) + 1);
    }
  }

  private void remove(int pair) {
    int request = firstWaiting[pair];
    firstWaiting[pair] = events.link(request);
    waiting[pair]--;
    events.free(request);
  }

  private void endAll(int pair, long now) {
    while (firstWaiting[pair] != 0) {
      run.tally().unanswered(now - events.a(firstWaiting[pair]));
      remove(pair);
    }
  }

  @Override
  public void crash(int instance, long now) {
    for (int pair = instance * kept; pair < (instance + 1) * kept; pair++) {
      counters[pair] = null;
      while (firstWaiting[pair] != 0) {
        run.tally().crashed();
        remove(pair);
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
