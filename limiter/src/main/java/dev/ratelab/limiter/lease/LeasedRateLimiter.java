package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.memory.KeyHash;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A limiter that borrows from the one behind it where all policies of a request have a {@link Lease}, and decides by
 * itself on what it has borrowed. What it promises is in docs/leases.md.
 *
 * <p>A block is one ordinary decision of its cost. While one is asked for, other requests of the same counter wait for it, at
 * most twice. Then a request asks by itself, as one does that has a policy without a lease or a cost over the lease's permits. Of several policies, all admit from what is
 * held, or the request is asked whole and what lacked is borrowed for the next.
 *
 * <p>In what is decided here {@code remaining} is what is held, {@code resetAfter} what was last heard of: both can be more in truth.
 * {@code retryAfter} is the time until this instance asks again: before it the request is denied here, after it it may be.
 *
 * <p>While the backend is away, what is held is still spent; then the request's own failure policies answer.
 *
 * <p>A counter is forgotten as others come when a new one would do the same ({@link LeasedCounter#idle}). There are at most
 * {@value #MOST_COUNTERS}; where there are as many, those of which nothing is held go before, and requests of further ones ask by themselves.
 */
public final class LeasedRateLimiter implements RateLimiter {
  /** The most counters of which something can be held. */
  public static final int MOST_COUNTERS = 1 << 17;

  private static final int MOST_POLICIES = 1 << 16;

  private final RateLimiter backend;
  private final BiFunction<Request, FailureReason, RequestDecision> failing;
  private final TimeSource time;
  private final Borrowers borrowers;
  private final KeyHash names = KeyHash.random();

  /** Forgotten when there are very many, since policies may change for ever. */
  private final ConcurrentHashMap<Policy, LeasedPolicy> policies = new ConcurrentHashMap<>();

  /** Those asked last, found without comparing policies. One never changes, so a race loses nothing. */
  private final @Nullable LeasedPolicy[] recent = new LeasedPolicy[64];

  private final LongAdder admitted = new LongAdder();
  private final LongAdder denied = new LongAdder();
  private final LongAdder asked = new LongAdder();
  private final LongAdder borrowed = new LongAdder();

  private LeasedRateLimiter(
      RateLimiter backend,
      BiFunction<Request, FailureReason, RequestDecision> failing,
      TimeSource time,
      int mostCounters) {
    this.backend = backend;
    this.failing = failing;
    this.time = time;
    borrowers = new Borrowers(mostCounters);
  }

  /**
   * A limiter before another one.
   *
   * @param backend stays the caller's to close
   * @param failing what the failure policies answer to a request that was not decided
   * @param time the clock by which what is borrowed ends; it must never go back
   */
  public static LeasedRateLimiter of(
      RateLimiter backend,
      BiFunction<Request, FailureReason, RequestDecision> failing,
      TimeSource time) {
    return of(backend, failing, time, MOST_COUNTERS);
  }

  static LeasedRateLimiter of(
      RateLimiter backend,
      BiFunction<Request, FailureReason, RequestDecision> failing,
      TimeSource time,
      int mostCounters) {
    return new LeasedRateLimiter(backend, failing, time, mostCounters);
  }

  @Override
  public RequestDecision check(Request request) {
    if (!isLeased(request)) {
      return backend.check(request);
    }
    RequestDecision here = request.policies().size() == 1 ? here(request) : null;
    return here == null ? ask(request, this::askAndWait).join() : here;
  }

  @Override
  public CompletionStage<RequestDecision> checkAsync(Request request) {
    if (!isLeased(request)) {
      return backend.checkAsync(request);
    }
    RequestDecision here = request.policies().size() == 1 ? here(request) : null;
    return here == null
        ? ask(request, backend::checkAsync)
        : CompletableFuture.completedFuture(here);
  }

  /**
   * {@inheritDoc} What is not decided here is one batch of the backend. Where a request is asked, later ones of its counters are decided
   * after it.
   */
  @Override
  public List<CompletionStage<RequestDecision>> checkAll(List<Request> requests) {
    if (requests.stream().noneMatch(LeasedRateLimiter::isLeased)) {
      return backend.checkAll(requests);
    }
    BackendBatch batch = new BackendBatch();
    List<CompletionStage<RequestDecision>> answers = new ArrayList<>(requests.size());
    for (Request request : requests) {
      answers.add(isLeased(request) ? inTurn(request, batch) : batch.ask(request));
    }
    batch.send(backend);
    return answers;
  }

  private CompletionStage<RequestDecision> inTurn(Request request, BackendBatch batch) {
    List<Hashed> counters = new ArrayList<>(request.policies().size());
    for (ScopedPolicy each : request.asked()) {
      counters.add(counter(request, each));
    }
    boolean behind = counters.stream().anyMatch(batch.undecided::contains);
    CompletableFuture<RequestDecision> answer;
    if (!behind) {
      answer = ask(request, batch);
    } else if (request.policies().size() == 1) {
      Undecided undecided = undecided(request, time.micros());
      decide(undecided, batch, request.cost(), true);
      answer = undecided.answer;
    } else {
      answer = whole(request, batch);
    }
    if (!answer.isDone()) {
      batch.undecided.addAll(counters);
    }
    return answer;
  }

  /** Of a request that some policy could ever admit: a cost over the limit needs no counter. */
  private static boolean isLeased(Request request) {
    List<ScopedPolicy> all = request.policies();
    boolean leased = false;
    // By index: an iterator for each request was seen in a profile.
    for (int i = 0; i < all.size(); i++) {
      if (request.asks(all.get(i))) {
        Lease lease = all.get(i).policy().lease();
        if (lease == null || lease.permits() < request.cost()) {
          return false;
        }
        leased = true;
      }
    }
    return leased;
  }

  private CompletableFuture<RequestDecision> ask(Request request, Backend ask) {
    long now = time.micros();
    if (request.policies().size() > 1) {
      return together(request, ask, now);
    }
    Undecided undecided = undecided(request, now);
    decide(undecided, ask, request.cost(), false);
    return undecided.answer;
  }

  private Undecided undecided(Request request, long now) {
    ScopedPolicy only = request.policies().get(0);
    return new Undecided(request, policy(only.policy()), counter(request, only), now);
  }

  /** Null if it must be asked. */
  private @Nullable RequestDecision here(Request request) {
    ScopedPolicy only = request.policies().get(0);
    LeasedPolicy policy = policy(only.policy());
    Borrower borrower = borrowers.find(policy.counter(only.scope(), request));
    return borrower == null ? null : here(borrower, request, policy, time.micros());
  }

  private @Nullable RequestDecision here(
      Borrower borrower, Request request, LeasedPolicy policy, long now) {
    LeasedCounter counter = borrower.counter;
    long delay = policy.spend(counter, now, request.cost());
    if (delay >= 0) {
      admitted.increment();
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
    denied.increment();
    return RequestDecision.of(request.policies().get(0), policy.deny(borrower.counter, now, until));
  }

  private void borrowAhead(Borrower borrower, Request request, ScopedPolicy asked, long now) {
    LeasedPolicy policy = policy(asked.policy());
    long amount = borrower.borrowAhead(policy, now);
    if (amount > 0) {
      borrow(new Loan(borrower, policy, asked, request, null), amount, backend::checkAsync);
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
      asked.increment();
      answer(ask, inTime).whenComplete((made, failure) -> complete(who.answer, made, failure));
    }
  }

  private CompletableFuture<RequestDecision> whole(Request request, Backend ask) {
    asked.increment();
    return answer(ask, request).toCompletableFuture();
  }

  private static CompletionStage<RequestDecision> answer(Backend ask, Request request) {
    try {
      return ask.ask(request);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletionStage<RequestDecision> askAndWait(Request request) {
    return CompletableFuture.completedFuture(backend.check(request));
  }

  static void complete(
      CompletableFuture<RequestDecision> answer,
      @Nullable RequestDecision made,
      @Nullable Throwable failure) {
    if (failure == null) {
      answer.complete(made);
    } else {
      answer.completeExceptionally(failure);
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
    asked.increment();
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
    borrowed.add(amount);
    long now = time.micros();
    LeasedCounter counter = loan.borrower.counter;
    counter.granted(sent, now, answer);
    List<Undecided> all = loan.end();
    if (loan.owner != null) {
      long delay = loan.policy.spend(counter, now, loan.request.cost());
      if (delay >= 0) {
        admitted.increment();
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

  /** All from what is held, or the whole request by the backend. */
  private CompletableFuture<RequestDecision> together(Request request, Backend ask, long now) {
    List<LeasedShare> shares = new ArrayList<>(request.policies().size());
    boolean refused = false;
    boolean lacking = false;
    for (ScopedPolicy each : request.asked()) {
      LeasedPolicy policy = policy(each.policy());
      Borrower borrower = borrowers.findOrMake(counter(request, each), policy, now);
      if (borrower == null) {
        return whole(request, ask);
      }
      LeasedShare share = LeasedShare.of(each, policy, borrower, now, request.cost());
      shares.add(share);
      refused |= share.refusedUntil > now && !each.shadow();
      lacking |= share.lacks && share.refusedUntil <= now;
    }
    if (refused) {
      denied.increment();
      return CompletableFuture.completedFuture(RequestDecision.of(request, decisions(shares, now)));
    }
    if (!lacking && spendAll(shares, now, request.cost())) {
      admitted.increment();
      List<Decision> decisions = decisions(shares, now);
      for (LeasedShare each : shares) {
        if (each.borrower.mayBorrowAhead()) {
          borrowAhead(each.borrower, request, each.asked, now);
        }
      }
      return CompletableFuture.completedFuture(RequestDecision.of(request, decisions));
    }
    CompletableFuture<RequestDecision> answer = whole(request, ask);
    // Nobody waits for these.
    Backend later = ask instanceof BackendBatch ? ask : backend::checkAsync;
    for (LeasedShare each : shares) {
      long amount = each.borrower.borrowForNext(each.policy, now, request.cost());
      if (amount > 0) {
        borrow(new Loan(each.borrower, each.policy, each.asked, request, null), amount, later);
      }
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

  private Hashed counter(Request request, ScopedPolicy policy) {
    return policy(policy.policy()).counter(policy.scope(), request);
  }

  @SuppressWarnings("ReferenceEquality") // an equal policy is found in the map
  private LeasedPolicy policy(Policy policy) {
    int place = System.identityHashCode(policy) & recent.length - 1;
    LeasedPolicy last = recent[place];
    if (last != null && last.policy == policy) {
      return last;
    }
    if (policies.size() >= MOST_POLICIES) {
      policies.clear();
    }
    LeasedPolicy known =
        policies.computeIfAbsent(policy, absent -> new LeasedPolicy(absent, names));
    if (known.policy == policy) {
      recent[place] = known;
    }
    return known;
  }

  /** How many requests were admitted here. */
  public long admittedHere() {
    return admitted.sum();
  }

  /** How many requests were denied here. */
  public long deniedHere() {
    return denied.sum();
  }

  /** How many decisions the backend was asked for: to borrow, and for requests whose policies have leases. */
  public long asked() {
    return asked.sum();
  }

  /** How many permits were borrowed. */
  public long borrowed() {
    return borrowed.sum();
  }

  /** How many of those were over before they were spent. It looks at all counters. */
  public long lapsed() {
    return borrowers.lapsed(time.micros());
  }

  /** Of how many counters something may be held. */
  public int counters() {
    return borrowers.size();
  }

  /** Who is asked for one decision. */
  interface Backend {
    CompletionStage<RequestDecision> ask(Request request);
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
