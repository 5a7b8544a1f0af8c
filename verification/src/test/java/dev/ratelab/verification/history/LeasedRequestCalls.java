package dev.ratelab.verification.history;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * What Lincheck calls of an instance with leases, by itself before a lender that has so much of each of two policies. Requests ask one of
 * them or both. The clock stands still: in the end all is answered, and all that the lender had can be spent, once.
 */
@Param(name = "asked", gen = IntGen.class, conf = "0:3")
@Param(name = "cost", gen = IntGen.class, conf = "1:2")
public final class LeasedRequestCalls {
  private static final List<List<Integer>> ASKED =
      List.of(List.of(0), List.of(1), List.of(0, 1), List.of(1, 0));
  private static final long[] LENT = {7, 6};

  private final List<ScopedPolicy> policies = List.of(policy("p0"), policy("p1"));
  private final AtomicLongArray admitted = new AtomicLongArray(2);
  private final AtomicLong waiting = new AtomicLong();
  private final Lender lender = new Lender(new AtomicLongArray(LENT));
  private final RateLimiter limiter =
      RateLimiters.leased(lender, RequestDecision::undecided, () -> 1_000);

  private static ScopedPolicy policy(String name) {
    return ScopedPolicy.perKey(
        Policy.of(name, Algorithm.GCRA, new Limit(8, 800, 8)).withLease(new Lease(4, 800)));
  }

  @Operation(params = {"asked", "cost"})
  public void check(int asked, int cost) {
    waiting.incrementAndGet();
    List<ScopedPolicy> all = ASKED.get(asked).stream().map(policies::get).toList();
    var unused = limiter.checkAsync(new Request(null, "key", cost, all)).thenAccept(made -> {
      waiting.decrementAndGet();
      if (made.allowed()) {
        ASKED.get(asked).forEach(each -> admitted.addAndGet(each, cost));
      }
    });
  }

  @Validate
  public void allIsSpentOnce() {
    for (int policy = 0; policy < 2; policy++) {
      // More often than there are permits.
      for (int i = 0; i < 2 * LENT[policy]; i++) {
        check(policy, 1);
      }
      if (waiting.get() > 0 || admitted.get(policy) != LENT[policy]) {
        throw new IllegalStateException("%s wait, p%s admitted %s of %s, %s are left"
            .formatted(waiting, policy, admitted.get(policy), LENT[policy], lender.left));
      }
    }
  }

  /** Gives to a request of all its policies or of none. */
  private record Lender(AtomicLongArray left) implements RateLimiter {
    @Override
    public CompletionStage<RequestDecision> checkAsync(Request request) {
      return CompletableFuture.completedFuture(check(request));
    }

    @Override
    public synchronized RequestDecision check(Request request) {
      int[] asked = request.policies().stream()
          .mapToInt(each -> each.name().charAt(1) - '0')
          .toArray();
      boolean[] there = new boolean[asked.length];
      boolean all = true;
      for (int i = 0; i < asked.length; i++) {
        there[i] = left.get(asked[i]) >= request.cost();
        all &= there[i];
      }
      if (all) {
        IntStream.of(asked).forEach(policy -> left.addAndGet(policy, -request.cost()));
      }
      return RequestDecision.of(
          request,
          IntStream.range(0, asked.length)
              .mapToObj(i -> there[i]
                  ? Decision.allow(8, left.get(asked[i]), 800)
                  : Decision.deny(8, left.get(asked[i]), 1, 800))
              .toList());
    }
  }
}
