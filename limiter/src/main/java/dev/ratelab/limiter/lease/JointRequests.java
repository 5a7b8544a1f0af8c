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
  private final Borrowing borrowing;

  JointRequests(
      LeasedPolicies policies, Borrowers borrowers, LeaseStatistics counts, Borrowing borrowing) {
    this.policies = policies;
    this.borrowers = borrowers;
    this.counts = counts;
    this.borrowing = borrowing;
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
        return ask.ask(request, counts).toCompletableFuture();
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
          borrowing.borrowAhead(each.borrower, each.policy, request, each.asked, now);
        }
      }
      return CompletableFuture.completedFuture(RequestDecision.of(request, decisions));
    }
    CompletableFuture<RequestDecision> answer = ask.ask(request, counts).toCompletableFuture();
    for (LeasedShare each : shares) {
      borrowing.borrowForNext(each, request, ask, now);
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
