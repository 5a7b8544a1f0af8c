package dev.ratelab.verification.conform;

import dev.ratelab.limiter.FailureCause;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.NoAnswerException;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A key of a limiter that is asked under one attack, and all that was seen of it. One thread asks. */
final class AttackedKey {
  /** How long an answer is waited for. */
  private static final long PATIENCE_SECONDS = 10;

  /** A limiter in memory decides where it is called: only threads can race there. */
  private static final int THREADS = 8;

  private final List<TestedLimiter> instances;
  private final String name;
  private final Limit limit;
  private final LongSupplier clock;
  private final List<Observation> seen = Collections.synchronizedList(new ArrayList<>());

  /**
   * A key that nobody has asked about.
   *
   * @param instances at least one; they share their state
   * @param clock microseconds of the tester's monotone clock
   */
  AttackedKey(List<TestedLimiter> instances, String name, Limit limit, LongSupplier clock) {
    this.instances = instances;
    this.name = name;
    this.limit = limit;
    this.clock = clock;
  }

  Limit limit() {
    return limit;
  }

  double window() {
    return limit.windowMicros();
  }

  /** How often the rate has a permit come back, in microseconds. */
  double interval() {
    return window() / limit.permits();
  }

  /** Longer than any algorithm's state counts, in microseconds. */
  long life() {
    double refill = limit.burst() * interval();
    return Math.round(Math.max(2 * window(), refill) * 1.02) + margin();
  }

  /** By how much later than told is surely late enough, in microseconds. */
  long margin() {
    return Math.round(5_000 + window() / 100);
  }

  /** All that was seen, by the instants of sending. */
  List<Observation> seen() {
    List<Observation> sorted = new ArrayList<>(seen);
    sorted.sort((a, b) -> Long.compare(a.sent(), b.sent()));
    return sorted;
  }

  Observation ask(long cost) throws InterruptedException {
    return ask(0, cost);
  }

  /** Asks one instance and waits for what it says. */
  Observation ask(int instance, long cost) throws InterruptedException {
    return await(send(instance, cost));
  }

  /** So many requests of cost 1 under way at once, from several threads and from all instances in turn. */
  void together(int number) throws InterruptedException {
    List<CompletableFuture<Observation>> under = Collections.synchronizedList(new ArrayList<>());
    CyclicBarrier begin = new CyclicBarrier(THREADS);
    List<Thread> threads = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      int first = thread;
      threads.add(new Thread(() -> {
        try {
          begin.await();
        } catch (InterruptedException | BrokenBarrierException e) {
          return;
        }
        for (int i = first; i < number; i += THREADS) {
          under.add(send(i / THREADS % instances.size(), 1));
        }
      }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    for (CompletableFuture<Observation> one : under) {
      await(one);
    }
  }

  /** Asks until the first denial, or until more than twice the limit is admitted. Returns the last. */
  Observation spend() throws InterruptedException {
    long most = 2 * Math.max(limit.permits(), limit.burst()) + 2;
    Observation last = ask(1);
    for (long i = 1; i < most && last.admitted(); i++) {
      last = ask(1);
    }
    return last;
  }

  /** Asks for one permit so often, until the first denial. */
  void ask(long times, double pauseMicros) throws InterruptedException {
    for (long i = 0; i < times; i++) {
      if (!ask(1).admitted()) {
        return;
      }
      pause(pauseMicros);
    }
  }

  void pause(double micros) throws InterruptedException {
    if (micros > 0) {
      TimeUnit.MICROSECONDS.sleep((long) micros);
    }
  }

  long now() {
    return clock.getAsLong();
  }

  /** Waits until an instant of the tester's clock. */
  void pauseUntil(long instant) throws InterruptedException {
    pause((double) (instant - clock.getAsLong()));
  }

  /** Asks again at the same distances as before, or all at once if the first were. */
  void replay(List<Observation> before) throws InterruptedException {
    if (before.size() > 1 && before.get(1).sent() < before.get(0).answered()) {
      together(before.size());
      return;
    }
    long start = clock.getAsLong();
    for (Observation one : before) {
      pauseUntil(start + one.sent() - before.get(0).sent());
      ask(Math.min(one.instance(), instances.size() - 1), one.cost());
    }
  }

  private CompletableFuture<Observation> send(int instance, long cost) {
    long sent = clock.getAsLong();
    CompletionStage<Answer> answer;
    try {
      answer = instances.get(instance).ask(name, cost);
    } catch (RuntimeException e) {
      // One key that a limiter cannot be asked about is no reason to ask no other.
      answer = CompletableFuture.failedFuture(e);
    }
    CompletableFuture<Observation> observed = new CompletableFuture<>();
    answer.whenComplete((told, failure) -> {
      // The instant is taken before anything else is done with the answer.
      long answered = clock.getAsLong();
      observed.complete(new Observation(
          name, instance, cost, sent, answered, told, failure == null ? null : problem(failure)));
    });
    return observed.completeOnTimeout(
        new Observation(
            name,
            instance,
            cost,
            sent,
            sent + TimeUnit.SECONDS.toMicros(PATIENCE_SECONDS),
            null,
            "no answer within %s s".formatted(PATIENCE_SECONDS)),
        PATIENCE_SECONDS,
        TimeUnit.SECONDS);
  }

  private Observation await(CompletableFuture<Observation> under) throws InterruptedException {
    try {
      Observation observation = under.get();
      seen.add(observation);
      return observation;
    } catch (ExecutionException e) {
      throw new IllegalStateException("an observation never fails", e);
    }
  }

  /** One clause that tells why there was no answer. */
  static String problem(Throwable failure) {
    Throwable cause = FailureCause.of(failure);
    return cause instanceof NoAnswerException ? FailureCause.told(cause) : cause.toString();
  }
}
