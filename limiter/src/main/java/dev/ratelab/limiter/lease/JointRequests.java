package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.lease.LeasedRateLimiter.Backend;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Requests of several policies, all of which have leases. Thread-safe. */
final class JointRequests {
  private final LeasedPolicies policies;
  private final Borrowers borrowers;
  private final LeaseStatistics counts;
  private final LoneRequests lone;

  /** Has the borrows made by the one that makes those of single policies. */
  JointRequests(
      LeasedPolicies policies, Borrowers borrowers, LeaseStatistics counts, LoneRequests lone) {
    this.policies = policies;
    this.borrowers = borrowers;
    this.counts = counts;
    this.lone = lone;
  }

  /** All from what is held, or the whole request by the backend. */
  CompletableFuture<RequestDecision> decide(Request request, Backend ask, long now) {
    List<LeasedShare> shares = new ArrayList<>(request.policies().size());
    boolean refused = false;
    boolean lacking = false;
    for (ScopedPolicy each : request.asked()) {
      LeasedPolicy policy = policies.of(each.policy());
      Borrower borrower = borrowers.findOrMake(policy.counter(each.scope(), request), policy, now);
      if (borrower == null) {
        return lone.whole(request, ask);
      }
      LeasedShare share = LeasedShare.of(each, policy, borrower, now, request.cost());
      shares.add(share);
      refused |= share.refusedUntil > now && !each.shadow();
      lacking |= share.lacks && share.refusedUntil <= now;
    }
    if (refused) {
      counts.denied.increment();
      return CompletableFuture.completedFuture(RequestDecision.of(request, decisions(shares, now)));
    }
    if (!lacking && spendAll(shares, now, request.cost())) {
      counts.admitted.increment();
      List<Decision> decisions = decisions(shares, now);
      for (LeasedShare each : shares) {
        if (each.borrower.mayBorrowAhead()) {
          lone.borrowAhead(each.borrower, request, each.asked, now);
        }
      }
      return CompletableFuture.completedFuture(RequestDecision.of(request, decisions));
    }
    CompletableFuture<RequestDecision> answer = lone.whole(request, ask);
    for (LeasedShare each : shares) {
      lone.borrowForNext(each, request, ask, now);
    }
    return answer;
  }

  private static List<Decision> decisions(List<LeasedShare> shares, long now) {
    return shares.stream().map(share -> share.decision(now)).toList();
  }

  private static boolean spendAll(List<LeasedShare> shares, long now, long cost) {
    List<LeasedShare> inOrder = shares.stream()
        .filter(share -> !share.lacks)
        .sorted(Comparator.comparingLong(share -> share.borrower.counter.number()))
        .toList();
    return spendFrom(inOrder, 0, now, cost);
  }

  private static boolean spendFrom(List<LeasedShare> inOrder, int next, long now, long cost) {
    if (next == inOrder.size()) {
      return true;
    }
    LeasedShare share = inOrder.get(next);
    share.delay =
        share.borrower.counter.spendWith(now, cost, () -> spendFrom(inOrder, next + 1, now, cost));
    return share.delay >= 0;
  }
}
