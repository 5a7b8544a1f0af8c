package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.lease.LeasedRateLimiter.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Requests of one policy: decided on what is held, waiting for a borrow, or asked by themselves. Makes all borrows. Thread-safe. */
final class LoneRequests {
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
    LeasedCounter counter = borrower.counter;
    long delay = policy.spend(counter, now, request.cost());
    if (delay >= 0) {
      counts.admitted.increment();
      ScopedPolicy only = request.policies().get(0);
      RequestDecision made = RequestDecision.of(only, policy.allow(counter, now, delay, 0));
      if (borrower.mayBorrowAhead()) {
        borrowAhead(borrower, request, only, now);
      }
      return made;
    }
    long until = counter.refusedUntil(now, request.cost());
    return until > now ? denied(borrower, request, policy, now, until) : null;
  }

  private RequestDecision denied(
      Borrower borrower, Request request, LeasedPolicy policy, long now, long until) {
    counts.denied.increment();
    return RequestDecision.of(request.policies().get(0), policy.deny(borrower.counter, now, until));
  }

  void borrowAhead(Borrower borrower, Request request, ScopedPolicy asked, long now) {
    LeasedPolicy policy = policies.of(asked.policy());
    long amount = borrower.borrowAhead(policy, now);
    if (amount > 0) {
      borrow(new Loan(borrower, policy, asked, request, null), amount, backend::checkAsync);
    }
  }

  /** Borrows one policy's part of a request that is asked by itself, for those that come later: nobody waits for it. */
  void borrowForNext(LeasedShare share, Request request, Backend asked, long now) {
    long amount = share.borrower.borrowForNext(share.policy, now, request.cost());
    if (amount > 0) {
      Loan loan = new Loan(share.borrower, share.policy, share.asked, request, null);
      borrow(loan, amount, asked instanceof BackendBatch ? asked : backend::checkAsync);
    }
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
        borrow(new Loan(borrower, who.policy, who.asked(), who.request, who), amount, ask);
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
      counts.asked.increment();
      answer(ask, inTime)
          .whenComplete((made, failure) -> Backend.complete(who.answer, made, failure));
    }
  }

  /** By the backend, for all of its policies. */
  CompletableFuture<RequestDecision> whole(Request request, Backend ask) {
    counts.asked.increment();
    return answer(ask, request).toCompletableFuture();
  }

  private static CompletionStage<RequestDecision> answer(Backend ask, Request request) {
    try {
      return ask.ask(request);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void borrow(Loan loan, long amount, Backend ask) {
    long sent = time.micros();
    Policy lender = loan.policy.lender;
    borrow(loan, amount, ask, sent, loan.owner == null ? lender : loan.owner.inTime(lender, sent));
  }

  private void borrow(Loan loan, long amount, Backend ask, long sent, @Nullable Policy lender) {
    if (lender == null) {
      failed(loan, FailureReason.DEADLINE);
      return;
    }
    Request request = new Request(
        loan.request.tenant(),
        loan.request.key(),
        amount,
        List.of(new ScopedPolicy(lender, loan.asked.scope())));
    counts.asked.increment();
    answer(ask, request).whenComplete((made, failure) -> {
      Decision decision = made == null ? null : made.policies().get(0).decision();
      if (decision == null) {
        failed(loan, FailureReason.UNAVAILABLE);
      } else if (decision.because() != null) {
        failed(loan, decision.because());
      } else if (decision.allowed()) {
        granted(loan, amount, sent, decision);
      } else {
        refused(loan, sent, decision);
      }
    });
  }

  private void failed(Loan loan, FailureReason because) {
    loan.borrower.counter.failed();
    for (Undecided each : loan.end()) {
      each.answer.complete(failing.apply(each.request, because));
    }
  }

  private void granted(Loan loan, long amount, long sent, Decision answer) {
    counts.borrowed.add(amount);
    long now = time.micros();
    LeasedCounter counter = loan.borrower.counter;
    counter.granted(sent, now, answer);
    List<Undecided> all = loan.end();
    if (loan.owner != null) {
      long delay = loan.policy.spend(counter, now, loan.request.cost());
      if (delay >= 0) {
        counts.admitted.increment();
        // Who has asked knows more than what is held.
        loan.owner.answer.complete(RequestDecision.of(
            loan.asked, loan.policy.allow(counter, now, delay, answer.remaining())));
        all.remove(0);
      }
    }
    decideInTurn(withinRoom(loan, all, answer.remaining(), now));
  }

  /**
   * Those who may still be admitted, in their order. The others are denied, as the answer says that there is not so much: while an answer takes
   * long, very many wait, and each would ask in vain.
   */
  private List<Undecided> withinRoom(Loan loan, List<Undecided> all, long elsewhere, long now) {
    long room = loan.borrower.counter.remaining(now) + elsewhere;
    List<Undecided> within = new ArrayList<>();
    for (Undecided each : all) {
      if (each.request.cost() <= room) {
        room -= each.request.cost();
        within.add(each);
      } else {
        long until = loan.borrower.counter.refusedUntil(now, each.request.cost());
        each.answer.complete(denied(loan.borrower, each.request, each.policy, now, until));
      }
    }
    return within;
  }

  private void refused(Loan loan, long sent, Decision answer) {
    long now = time.micros();
    long less = loan.borrower.counter.refused(sent, now, answer);
    if (less > 0) {
      // Who waits was told when the first answer would be there.
      Policy lender = loan.policy.inTime(loan.policy.lender, loan.borrower.due() - now);
      borrow(loan, less, backend::checkAsync, now, lender);
      return;
    }
    List<Undecided> asking = new ArrayList<>();
    for (Undecided each : loan.end()) {
      // The answer may have taken longer than it holds.
      long until = loan.borrower.counter.refusedUntil(sent, each.request.cost());
      if (until > sent) {
        each.answer.complete(
            denied(loan.borrower, each.request, each.policy, time.micros(), until));
      } else {
        asking.add(each);
      }
    }
    decideInTurn(asking);
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

  /**
   * A borrow that is under way.
   *
   * @param owner who cannot be decided without it; null if nobody waits
   */
  private record Loan(
      Borrower borrower,
      LeasedPolicy policy,
      ScopedPolicy asked,
      Request request,
      @Nullable Undecided owner) {
    /** Who is to be decided after it, in this order. */
    List<Undecided> end() {
      List<Undecided> all = borrower.end();
      if (owner != null) {
        all.add(0, owner);
      }
      return all;
    }
  }
}
