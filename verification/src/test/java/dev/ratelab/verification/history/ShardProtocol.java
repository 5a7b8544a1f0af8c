package dev.ratelab.verification.history;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.algorithm.TokenBucket;
import dev.ratelab.limiter.algorithm.Transition.Step;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;

/**
 * The steps by which a shard is read, locked, charged and swept, over one counter for each policy in two plain fields, so that a removal is
 * a call of the test's and the loss of a counter has a specification: {@link MemoryStores.Sequential}. With faults to plant.
 */
@Param(name = "asked", gen = IntGen.class, conf = "0:3")
@Param(name = "policy", gen = IntGen.class, conf = "0:1")
@Param(name = "cost", gen = IntGen.class, conf = "1:2")
@Param(name = "at", gen = IntGen.class, conf = "0:120")
public abstract class ShardProtocol {
  private final List<TokenBucket> policies =
      MemoryStores.LIMITS.stream().map(TokenBucket::new).toList();
  private final AtomicLong version = new AtomicLong();
  private final Slot[] slots = {new Slot(), new Slot()};

  private static final class Slot {
    volatile boolean known;
    volatile long level;
    volatile long at;
  }

  /** As the limiter does it. */
  public static final class Sound extends ShardProtocol {}

  /** The planted fault: charges what it has read, whatever another has charged meanwhile. */
  public static final class ChargesWhatIsOld extends ShardProtocol {
    @SuppressWarnings("ThreadPriorityCheck") // sound or not, nothing relies on it
    @Override
    boolean tryLock(long seen) {
      // So that the stress mode need not be lucky.
      Thread.yield();
      lock();
      return true;
    }
  }

  /** The planted fault: takes two numbers together of which another has written one meanwhile. */
  public static final class ReadsHalfACharge extends ShardProtocol {
    @Override
    boolean isUnchanged(long seen) {
      return true;
    }
  }

  /** The planted fault: reads what somebody is writing. */
  public static final class IgnoresLocks extends ShardProtocol {
    @Override
    boolean isLocked(long seen) {
      return false;
    }

    @Override
    boolean tryLock(long seen) {
      return super.tryLock(seen & ~1);
    }
  }

  /** The planted fault: a removal that nobody can notice. */
  public static final class RemovesInSilence extends ShardProtocol {
    @Override
    void unlockAfterRemoval() {
      version().decrementAndGet();
    }
  }

  /** The planted fault: a request of two policies charges what it has unlocked. */
  public static final class ChargesUnlocked extends ShardProtocol {
    @Override
    void chargeAndUnlock(List<Integer> charged, List<Step<TokenBucket.Level>> steps) {
      unlock();
      charge(charged, steps);
    }
  }

  @Operation(params = {"asked", "cost", "at"})
  public List<Decision> check(int asked, int cost, int at) {
    List<Integer> all = MemoryStores.ASKED.get(asked);
    return MemoryStores.answers(
        all.size() == 1 ? List.of(alone(all.get(0), cost, at)) : together(all, cost, at));
  }

  /** Removes a counter; tells whether there was one. */
  @Operation(params = "policy")
  public boolean evict(int policy) {
    lock();
    boolean known = slots[policy].known;
    slots[policy].known = false;
    unlockAfterRemoval();
    return known;
  }

  private Decision alone(int policy, int cost, int at) {
    while (true) {
      long seen = version.get();
      if (!isLocked(seen)) {
        TokenBucket.Level state = state(policy);
        if (isUnchanged(seen)) {
          Step<TokenBucket.Level> step = policies.get(policy).apply(state, at, cost);
          if (!step.decision().allowed()) {
            return step.decision();
          }
          if (tryLock(seen)) {
            charge(List.of(policy), List.of(step));
            unlock();
            return step.decision();
          }
        }
      }
      Thread.onSpinWait();
    }
  }

  private List<Decision> together(List<Integer> asked, int cost, int at) {
    lock();
    List<Step<TokenBucket.Level>> steps = asked.stream()
        .map(policy -> policies.get(policy).apply(state(policy), at, cost))
        .toList();
    if (steps.stream().allMatch(step -> step.decision().allowed())) {
      chargeAndUnlock(asked, steps);
    } else {
      unlock();
    }
    return steps.stream().map(Step::decision).toList();
  }

  private TokenBucket.@Nullable Level state(int policy) {
    Slot slot = slots[policy];
    return slot.known ? new TokenBucket.Level(slot.level, slot.at) : null;
  }

  final void charge(List<Integer> charged, List<Step<TokenBucket.Level>> steps) {
    for (int i = 0; i < charged.size(); i++) {
      Slot slot = slots[charged.get(i)];
      TokenBucket.Level next = Objects.requireNonNull(steps.get(i).state());
      slot.level = next.level();
      slot.at = next.at();
      slot.known = true;
    }
  }

  final void lock() {
    for (long seen = version.get();
        (seen & 1) != 0 || !version.compareAndSet(seen, seen + 1);
        seen = version.get()) {
      Thread.onSpinWait();
    }
  }

  final void unlock() {
    version.incrementAndGet();
  }

  final AtomicLong version() {
    return version;
  }

  boolean isLocked(long seen) {
    return (seen & 1) != 0;
  }

  boolean isUnchanged(long seen) {
    return version.get() == seen;
  }

  boolean tryLock(long seen) {
    return version.compareAndSet(seen, seen + 1);
  }

  void unlockAfterRemoval() {
    unlock();
  }

  void chargeAndUnlock(List<Integer> charged, List<Step<TokenBucket.Level>> steps) {
    charge(charged, steps);
    unlock();
  }
}
