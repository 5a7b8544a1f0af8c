package dev.ratelab.verification.history;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.lease.LeasedCounter;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;

/**
 * What Lincheck calls of one leased counter, whose lender grants what it is asked for, refuses it or is not heard of. A borrow is two
 * steps, and another thread may find it under way, so there is no sequential specification; but the clock stands still, and so what was
 * granted is spent or there in the end.
 */
@Param(name = "cost", gen = IntGen.class, conf = "1:3")
@Param(name = "answer", gen = IntGen.class, conf = "0:3")
public final class LeasedCounterCalls {
  private static final long NOW = 1_000;
  private static final int BLOCK = 4;

  private final LeasedCounter counter = new LeasedCounter(
      Policy.of("p", Algorithm.GCRA, new Limit(8, 800, 8)).withLease(new Lease(BLOCK, 800)));
  private final AtomicLong granted = new AtomicLong();
  private final AtomicLong spent = new AtomicLong();
  private final AtomicReference<@Nullable String> broken = new AtomicReference<>();

  @Operation(params = "cost")
  public void spend(int cost) {
    if (counter.spend(NOW, cost)) {
      spent.addAndGet(cost);
    }
  }

  @Operation(params = "cost")
  public void spendInTurn(int cost) {
    if (counter.spendInTurn(NOW, cost) >= 0) {
      spent.addAndGet(cost);
    }
  }

  @Operation(params = {"cost", "answer"})
  public void borrow(int cost, int answer) {
    answer(counter.borrow(NOW, cost, BLOCK), answer);
  }

  @Operation(params = "answer")
  public void borrowAhead(int answer) {
    answer(counter.borrowAhead(NOW), answer);
  }

  @Operation
  public void remaining() {
    long remaining = counter.remaining(NOW);
    expect(remaining >= 0 && remaining <= BLOCK, "%s remain".formatted(remaining));
  }

  private void answer(long amount, int answer) {
    if (amount == 0) {
      return;
    }
    long there = amount + counter.remaining(NOW);
    expect(there <= BLOCK, "%s held and asked for".formatted(there));
    switch (answer) {
      case 0 -> counter.failed();
      case 1 -> answer(counter.refused(NOW, NOW, Decision.deny(8, 1, 100, 800)), 2);
      default -> {
        granted.addAndGet(amount);
        counter.granted(NOW, NOW, Decision.allow(8, 1, 800));
      }
    }
  }

  @Validate
  public void whatWasGrantedIsSpentOrThere() {
    long there = spent.get() + counter.remaining(NOW);
    expect(there == granted.get(), "%s granted, %s there".formatted(granted, there));
    if (broken.get() != null) {
      throw new IllegalStateException(broken.get());
    }
  }

  /** Kept until the end: what an operation throws is only a result for Lincheck, and any is right there. */
  private void expect(boolean kept, String seen) {
    if (!kept) {
      broken.compareAndSet(null, seen);
    }
  }
}
