package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.memory.KeyHash;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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

  private final RateLimiter backend;
  private final TimeSource time;
  private final LeasedPolicies policies;
  private final Borrowers borrowers;
  private final LeaseStatistics counts = new LeaseStatistics();
  private final LoneRequests lone;
  private final JointRequests joint;

  private LeasedRateLimiter(
      RateLimiter backend,
      BiFunction<Request, FailureReason, RequestDecision> failing,
      TimeSource time,
      int mostCounters,
      KeyHash names) {
    this.backend = backend;
    this.time = time;
    policies = new LeasedPolicies(names);
    borrowers = new Borrowers(mostCounters);
    lone = new LoneRequests(backend, failing, time, policies, borrowers, counts);
    joint = new JointRequests(policies, borrowers, counts, lone.borrowing);
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
    return of(backend, failing, time, MOST_COUNTERS, KeyHash.random());
  }

  static LeasedRateLimiter of(
      RateLimiter backend,
      BiFunction<Request, FailureReason, RequestDecision> failing,
      TimeSource time,
      int mostCounters,
      KeyHash names) {
    return new LeasedRateLimiter(backend, failing, time, mostCounters, names);
  }

  @Override
  public RequestDecision check(Request request) {
    if (!isLeased(request)) {
      return backend.check(request);
    }
    RequestDecision here = request.policies().size() == 1 ? lone.here(request) : null;
    return here == null ? ask(request, this::askAndWait).join() : here;
  }

  @Override
  public CompletionStage<RequestDecision> checkAsync(Request request) {
    if (!isLeased(request)) {
      return backend.checkAsync(request);
    }
    RequestDecision here = request.policies().size() == 1 ? lone.here(request) : null;
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
      counters.add(policies.counter(request, each));
    }
    boolean behind = counters.stream().anyMatch(batch.undecided::contains);
    CompletableFuture<RequestDecision> answer;
    if (!behind) {
      answer = ask(request, batch);
    } else if (request.policies().size() == 1) {
      answer = lone.decide(request, batch, true);
    } else {
      answer = batch.ask(request, counts).toCompletableFuture();
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
    return request.policies().size() > 1
        ? joint.decide(request, ask, time.micros())
        : lone.decide(request, ask, false);
  }

  private CompletionStage<RequestDecision> askAndWait(Request request) {
    return CompletableFuture.completedFuture(backend.check(request));
  }

  /** How many requests were admitted here. */
  public long admittedHere() {
    return counts.admitted.sum();
  }

  /** How many requests were denied here. */
  public long deniedHere() {
    return counts.denied.sum();
  }

  /** How many decisions the backend was asked for: to borrow, and for requests whose policies have leases. */
  public long asked() {
    return counts.asked.sum();
  }

  /** How many permits were borrowed. */
  public long borrowed() {
    return counts.borrowed.sum();
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

    /** As {@link #ask(Request)}, counted. What it throws is a failure of the answer. */
    default CompletionStage<RequestDecision> ask(Request request, LeaseStatistics counts) {
      counts.asked.increment();
      try {
        return ask(request);
      } catch (RuntimeException e) {
        return CompletableFuture.failedFuture(e);
      }
    }

    /** Hands what was answered, or how that failed, to who waits. */
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
  }
}
