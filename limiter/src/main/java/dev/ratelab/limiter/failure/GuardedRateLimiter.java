package dev.ratelab.limiter.failure;

import dev.ratelab.limiter.BatchAnswers;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A limiter whose backend may fail, and what is answered when it does.
 *
 * <p>A request is not sent to the backend in three cases: as many wait for it as may; a queue stands before it, and is as long as the backend
 * answers in a few milliseconds; the breaker is open. Each policy's failure policy then answers at once. It answers, too, where the
 * backend has not by the deadline. Where that policy is {@code local}, a
 * limiter in this process decides on its {@linkplain LocalShare share}; all policies of a request still admit it, or none of the local
 * ones is charged.
 *
 * <p>The breaker opens when half of the last {@value #WINDOW} answers were none, or half of all since it closed, of which there must
 * be {@value #FAILURES}; a denial is an answer. Each class of deadlines has a breaker of its own, so that one which the backend cannot hold
 * keeps nobody else from it. After {@link #OPEN}
 * the next {@value #PROBES} requests are sent again: if the most of them are answered, it closes, otherwise it stays open for as long
 * again. So a backend that is back is noticed after that time and one deadline.
 */
public final class GuardedRateLimiter implements RateLimiter {
  /** How long the backend is left alone. Short, since asking it costs no more than a few requests their deadline. */
  static final Duration OPEN = Duration.ofMillis(250);

  /** Few, so that clients with little traffic do not wait for many deadlines; more than what one lost connection can fail. */
  static final int WINDOW = 20;

  /** The fewest answers that it judges by. */
  static final int FAILURES = WINDOW / 2;

  static final int PROBES = 3;

  private final RateLimiter backend;
  private final Guard guard;
  private final Breakers breakers;
  private final TimeSource time;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final BackendQueue queue = new BackendQueue();
  private final FailureAnswers failing;

  /**
   * A guarded limiter.
   *
   * @param backend stays the caller's to close
   * @param local decides on the local shares
   * @param time the clock of the breaker and the queue
   */
  public GuardedRateLimiter(
      RateLimiter backend, Guard guard, MemoryRateLimiter local, TimeSource time) {
    this.backend = backend;
    this.guard = guard;
    this.time = time;
    failing = new FailureAnswers(local, guard.instances());
    breakers = new Breakers(time);
  }

  /**
   * From now on the local share is that of one of so many instances, and shares and breakers of policies that are no more are
   * forgotten. If the backend is away, that is found out anew.
   *
   * @throws IllegalArgumentException if the number is not over 0
   */
  public void shareAmong(int instances) {
    failing.shareAmong(guard.withInstances(instances).instances());
    breakers.forget();
  }

  @Override
  public RequestDecision check(Request request) {
    if (request.asked().isEmpty()) {
      return backend.check(request);
    }
    Ask ask = ask(request, inFlight.get(), 0);
    FailureReason kept = enter(ask);
    if (kept != null) {
      return answer(request, kept);
    }
    RequestDecision made = null;
    try {
      made = backend.check(request);
    } finally {
      leave(made, ask);
    }
    return made(request, made);
  }

  @Override
  public CompletionStage<RequestDecision> checkAsync(Request request) {
    // The backend answers these without being asked, so they tell the breaker nothing.
    if (request.asked().isEmpty()) {
      return backend.checkAsync(request);
    }
    Ask ask = ask(request, inFlight.get(), 0);
    FailureReason kept = enter(ask);
    if (kept != null) {
      return CompletableFuture.completedFuture(answer(request, kept));
    }
    CompletionStage<RequestDecision> asked;
    try {
      asked = backend.checkAsync(request);
    } catch (RuntimeException e) {
      leave(null, ask);
      throw e;
    }
    return answered(request, ask, asked);
  }

  /** {@inheritDoc} Requests of one batch are no queue to one another. Those that the backend is asked are one batch of it. */
  @Override
  public List<CompletionStage<RequestDecision>> checkAll(List<Request> requests) {
    int others = inFlight.get();
    queue.batch(requests.size(), time.micros());
    List<Request> sent = new ArrayList<>(requests.size());
    List<@Nullable FailureReason> kept = new ArrayList<>(requests.size());
    List<Ask> asks = new ArrayList<>(requests.size());
    for (Request request : requests) {
      Ask ask = ask(request, others, asks.size());
      FailureReason reason = request.asked().isEmpty() ? null : enter(ask);
      asks.add(ask);
      kept.add(reason);
      if (reason == null) {
        sent.add(request);
      }
    }
    Iterator<CompletionStage<RequestDecision>> answers =
        BatchAnswers.of(backend, sent).iterator();
    List<CompletionStage<RequestDecision>> decisions = new ArrayList<>(requests.size());
    for (int i = 0; i < requests.size(); i++) {
      Request request = requests.get(i);
      FailureReason reason = kept.get(i);
      if (reason != null) {
        decisions.add(CompletableFuture.completedFuture(answer(request, reason)));
      } else if (request.asked().isEmpty()) {
        decisions.add(answers.next());
      } else {
        decisions.add(answered(request, asks.get(i), answers.next()));
      }
    }
    return decisions;
  }

  private CompletionStage<RequestDecision> answered(
      Request request, Ask ask, CompletionStage<RequestDecision> answer) {
    return answer.handle((made, failure) -> {
      leave(made, ask);
      if (failure != null) {
        throw new CompletionException(failure);
      }
      return made(request, made);
    });
  }

  /** How many decisions wait for the backend now. */
  public int inFlight() {
    return inFlight.get();
  }

  /** The most that may. */
  public int maxInFlight() {
    return guard.maxInFlight();
  }

  /**
   * What the breakers did last: {@code open} if one is, otherwise {@code half-open} if one tries whether the backend is back, otherwise
   * {@code closed}.
   */
  public String breaker() {
    return breakers.state().name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private Ask ask(Request request, int others, int mates) {
    return new Ask(
        others,
        mates,
        time.micros(),
        TimeUnit.NANOSECONDS.toMicros(request.deadline().toNanos()));
  }

  /** Null if the backend is to be asked. Then {@link #leave} must follow. */
  private @Nullable FailureReason enter(Ask ask) {
    // Who is shed must not be taken for one that waits, so it counts only from here on.
    if ((guard.behind().getAsBoolean() && !queue.isCold()) || queue.isFull(ask)) {
      return FailureReason.SHED;
    }
    FailureReason kept = null;
    if (inFlight.incrementAndGet() > guard.maxInFlight()) {
      kept = FailureReason.SHED;
    } else if (!breakers.of(ask.deadline()).tryAcquirePermission()) {
      kept = FailureReason.BREAKER_OPEN;
    }
    if (kept != null) {
      inFlight.decrementAndGet();
    }
    return kept;
  }

  private void leave(@Nullable RequestDecision made, Ask ask) {
    inFlight.decrementAndGet();
    long now = time.micros();
    CircuitBreaker breaker = breakers.of(ask.deadline());
    FailureReason because = made == null ? FailureReason.UNAVAILABLE : because(made);
    if (because == null) {
      queue.answered(ask, now);
      breaker.onSuccess(0, TimeUnit.NANOSECONDS);
    } else {
      if (because == FailureReason.DEADLINE) {
        queue.late(ask, now);
      }
      breaker.onError(0, TimeUnit.NANOSECONDS, new NoAnswer());
    }
  }

  private RequestDecision made(Request request, RequestDecision made) {
    FailureReason because = because(made);
    return because == null ? made : answer(request, because);
  }

  /** One call decides all policies, so it fails for all of them. */
  private static @Nullable FailureReason because(RequestDecision made) {
    return made.policies().get(0).decision().because();
  }

  /** What the failure policies answer to a request that the backend does not decide, the local shares included. */
  public RequestDecision answer(Request request, FailureReason because) {
    return failing.answer(request, because);
  }

  /** What the breaker is told; it wants an exception. */
  private static final class NoAnswer extends RuntimeException {
    NoAnswer() {
      super("the backend did not decide", null, false, false);
    }
  }
}
