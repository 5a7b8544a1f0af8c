package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.lease.LeasedRateLimiter.Backend;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Requests of one policy: decided on what is held, waiting for a borrow, or asked by themselves. Thread-safe. */
final class LoneRequests {
  final Borrowing borrowing;
  private final RateLimiter backend;
  private final BiFunction<Request, FailureReason, RequestDecision> failing;
  private final TimeSource time;
  private final LeasedPolicies policies;
  private final Borrowers borrowers;
  private final LeaseStatistics counts;

  LoneRequests(
      RateLimiter backend,
      BiFunction<Request, FailureReason, RequestDecision> failing,
      TimeSource time,
      LeasedPolicies policies,
      Borrowers borrowers,
      LeaseStatistics counts) {
    this.backend = backend;
    this.failing = failing;
    this.time = time;
    this.policies = policies;
    this.borrowers = borrowers;
    this.counts = counts;
    borrowing = new Borrowing(backend, failing, time, counts, this::decideInTurn);
  }

  /**
   * Decides a request now or later.
   *
   * @param behind whether another of its counter that came before it waits
   */
  CompletableFuture<RequestDecision> decide(Request request, Backend ask, boolean behind) {
    ScopedPolicy only = request.policies().get(0);
    LeasedPolicy policy = policies.of(only.policy());
    Undecided undecided =
        new Undecided(request, policy, policy.counter(only.scope(), request), time.micros());
    decide(undecided, ask, request.cost(), behind);
    return undecided.answer;
  }

  /** Decided on what is held; null if it must be asked. */
  @Nullable
  RequestDecision here(Request request) {
    ScopedPolicy only = request.policies().get(0);
    LeasedPolicy policy = policies.of(only.policy());
    Borrower borrower = borrowers.find(policy.counter(only.scope(), request));
    return borrower == null ? null : here(borrower, request, policy, time.micros());
  }

  private @Nullable RequestDecision here(
      Borrower borrower, Request request, LeasedPolicy policy, long now) {
    ScopedPolicy only = request.policies().get(0);
    LeasedCounter counter = borrower.counter;
    long delay = policy.spend(counter, now, request.cost());
    if (delay >= 0) {
      counts.admitted.increment();
      RequestDecision made = RequestDecision.of(only, policy.allow(counter, now, delay, 0));
      if (borrower.mayBorrowAhead()) {
        borrowing.borrowAhead(borrower, policy, request, only, now);
      }
      return made;
    }
    long until = counter.refusedUntil(now, request.cost());
    if (until <= now) {
      return null;
    }
    counts.denied.increment();
    return RequestDecision.of(only, policy.deny(counter, now, until));
  }

  /**
   * Decides a request, or has it wait.
   *
   * @param wanted how much those would spend who wait, this one included
   * @param behind whether another of its counter that came before it waits
   * @return whether it waits
   */
  private boolean decide(Undecided who, Backend ask, long wanted, boolean behind) {
    boolean after = behind;
    while (true) {
      long now = time.micros();
      Borrower borrower = borrowers.findOrMake(who.counter, who.policy, now);
      RequestDecision here =
          borrower == null || after ? null : here(borrower, who.request, who.policy, now);
      if (here != null) {
        who.answer.complete(here);
        return false;
      }
      long amount = borrower != null && who.mayBorrow()
          ? borrower.borrow(who, now, wanted)
          : Borrower.ELSEWHERE;
      if (amount == Borrower.WAITS) {
        return true;
      }
      if (borrower == null || amount == Borrower.ELSEWHERE) {
        askItself(who, ask, now);
        return false;
      }
      if (amount > 0) {
        borrowing.borrowFor(who, borrower, amount, ask);
        return !who.answer.isDone();
      }
      if (amount == Borrower.FORGOTTEN) {
        borrowers.remove(who.counter, borrower, now);
      }
      after = false;
    }
  }

  private void askItself(Undecided who, Backend ask, long now) {
    Request inTime = who.inTime(now);
    if (inTime == null) {
      who.answer.complete(failing.apply(who.request, FailureReason.DEADLINE));
    } else {
      ask.ask(inTime, counts)
          .whenComplete((made, failure) -> Backend.complete(who.answer, made, failure));
    }
  }

  private void decideInTurn(List<Undecided> all) {
    long wanted = 0;
    for (Undecided each : all) {
      wanted += each.request.cost();
    }
    boolean waits = false;
    for (Undecided each : all) {
      waits |= decide(each, backend::checkAsync, wanted, waits);
      wanted -= each.request.cost();
    }
  }
}
