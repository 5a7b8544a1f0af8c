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
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes all borrows, and tells those who wait for one how it ended. Thread-safe. */
final class Borrowing {
  private final RateLimiter backend;
  private final BiFunction<Request, FailureReason, RequestDecision> failing;
  private final TimeSource time;
  private final LeaseStatistics counts;
  private final Consumer<List<Undecided>> again;

  /**
   * Borrows from a backend.
   *
   * @param again decides those, in their order, who have waited and may still be admitted
   */
  Borrowing(
      RateLimiter backend,
      BiFunction<Request, FailureReason, RequestDecision> failing,
      TimeSource time,
      LeaseStatistics counts,
      Consumer<List<Undecided>> again) {
    this.backend = backend;
    this.failing = failing;
    this.time = time;
    this.counts = counts;
    this.again = again;
  }

  /** Borrows for a request that cannot be decided before. */
  void borrowFor(Undecided who, Borrower borrower, long amount, Backend ask) {
    borrow(new Loan(borrower, who.policy, who.asked(), who.request, who), amount, ask);
  }

  /** Borrows for what may come, if that is worth it: nobody waits for it. */
  void borrowAhead(
      Borrower borrower, LeasedPolicy policy, Request request, ScopedPolicy asked, long now) {
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
    ask.ask(request, counts).whenComplete((made, failure) -> {
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
    again.accept(withinRoom(counter, all, answer.remaining(), now));
  }

  /**
   * Those who may still be admitted, in their order. The others are denied, as the answer says that there is not so much: while an answer takes
   * long, very many wait, and each would ask in vain.
   */
  private List<Undecided> withinRoom(
      LeasedCounter counter, List<Undecided> all, long elsewhere, long now) {
    long room = counter.remaining(now) + elsewhere;
    List<Undecided> within = new ArrayList<>();
    for (Undecided each : all) {
      if (each.request.cost() <= room) {
        room -= each.request.cost();
        within.add(each);
      } else {
        deny(each, counter, now, counter.refusedUntil(now, each.request.cost()));
      }
    }
    return within;
  }

  private void refused(Loan loan, long sent, Decision answer) {
    long now = time.micros();
    LeasedCounter counter = loan.borrower.counter;
    long less = counter.refused(sent, now, answer);
    if (less > 0) {
      // Who waits was told when the first answer would be there.
      Policy lender = loan.policy.inTime(loan.policy.lender, loan.borrower.due() - now);
      borrow(loan, less, backend::checkAsync, now, lender);
      return;
    }
    List<Undecided> asking = new ArrayList<>();
    for (Undecided each : loan.end()) {
      // The answer may have taken longer than it holds.
      long until = counter.refusedUntil(sent, each.request.cost());
      if (until > sent) {
        deny(each, counter, time.micros(), until);
      } else {
        asking.add(each);
      }
    }
    again.accept(asking);
  }

  private void deny(Undecided who, LeasedCounter counter, long now, long until) {
    counts.denied.increment();
    who.answer.complete(RequestDecision.of(who.asked(), who.policy.deny(counter, now, until)));
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
