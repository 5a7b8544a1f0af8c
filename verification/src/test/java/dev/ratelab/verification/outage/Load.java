package dev.ratelab.verification.outage;

import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The calls that go on while a server breaks, each of cost 1. Every other one is on one of a few hot keys, which count what was
 * admitted too much. The rest are each on a key of its own, which counts how often that one call was charged. Half of the
 * threads block and half do not. What breaks is timed by answers and not by the clock.
 */
final class Load implements AutoCloseable {
  private static final int THREADS = 8;

  /** So many requests of half of the threads come at once, so that a call that is lost is that of several. */
  private static final int BATCH = 4;

  /** Between two calls of a thread, so that a server that refuses at once does not cost a processor. */
  private static final long PACE_NANOS = 2_000_000;

  private static final long HANG_SECONDS = 120;

  private final RateLimiter limiter;
  private final Function<String, Request> requests;
  private final List<String> hot;
  private final AtomicLong numbers = new AtomicLong();
  private final List<Call> calls = new ArrayList<>();
  private final List<Thread> threads;
  private volatile boolean over;
  private @Nullable RuntimeException thrown;

  private Load(RateLimiter limiter, Function<String, Request> requests, List<String> hot) {
    this.requests = requests;
    this.limiter = limiter;
    this.hot = hot;
    threads = IntStream.range(0, THREADS)
        .mapToObj(i -> new Thread(() -> callOn(i % 2 == 0), "ratelab-outage-" + i))
        .toList();
  }

  static Load start(OutageTrial trial, RateLimiter limiter, List<String> hot) {
    Load load = new Load(limiter, trial::request, hot);
    load.threads.forEach(thread -> {
      thread.setDaemon(true);
      thread.start();
    });
    return load;
  }

  void awaitCalls(int count) throws InterruptedException {
    await(call -> true, count);
  }

  void awaitDecided(int count) throws InterruptedException {
    await(Call::decided, count);
  }

  void awaitUndecided(int count) throws InterruptedException {
    await(call -> !call.decided(), count);
  }

  /** Waits for so many more answers of a kind. Throws if a caller got an exception for one, or none of them gets on. */
  synchronized void await(Predicate<Call> kind, int count) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(HANG_SECONDS);
    int next = calls.size();
    int found = 0;
    while (found < count) {
      if (thrown != null) {
        throw new IllegalStateException("a caller got an exception instead of an answer", thrown);
      }
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            "%s of %s answers came within %s s".formatted(found, count, HANG_SECONDS));
      }
      TimeUnit.SECONDS.timedWait(this, 1);
      for (; next < calls.size(); next++) {
        found += kind.test(calls.get(next)) ? 1 : 0;
      }
    }
  }

  /** Calls no more and waits for the last answers. Throws if a caller never got one. */
  @Override
  public void close() {
    over = true;
    try {
      for (Thread thread : threads) {
        thread.join(TimeUnit.SECONDS.toMillis(HANG_SECONDS));
        if (thread.isAlive()) {
          throw new IllegalStateException(
              "a caller still has no answer after %s s".formatted(HANG_SECONDS));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while callers waited for answers", e);
    }
  }

  synchronized List<Call> calls() {
    return List.copyOf(calls);
  }

  private void callOn(boolean blocking) {
    try {
      while (!over) {
        call(blocking);
        LockSupport.parkNanos(PACE_NANOS);
      }
    } catch (RuntimeException e) {
      synchronized (this) {
        thrown = e;
        notifyAll();
      }
    }
  }

  /** One request, or some that share calls. */
  private void call(boolean blocking) {
    List<String> keys = Stream.generate(this::key).limit(blocking ? 1 : BATCH).toList();
    long start = System.nanoTime();
    List<Request> asked = keys.stream().map(requests).toList();
    List<CompletionStage<RequestDecision>> answers = blocking
        ? List.of(CompletableFuture.completedFuture(limiter.check(asked.get(0))))
        : limiter.checkAll(asked);
    for (int i = 0; i < keys.size(); i++) {
      RequestDecision answer = answers.get(i).toCompletableFuture().join();
      long nanos = System.nanoTime() - start;
      synchronized (this) {
        calls.add(new Call(keys.get(i), hot.contains(keys.get(i)), nanos, answer.decision()));
        notifyAll();
      }
    }
  }

  private String key() {
    long number = numbers.getAndIncrement();
    return number % 2 == 0 ? hot.get((int) (number / 2 % hot.size())) : "once-" + number;
  }
}
