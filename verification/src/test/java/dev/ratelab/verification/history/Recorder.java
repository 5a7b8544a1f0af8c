package dev.ratelab.verification.history;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes checks from many threads at once and writes down what each was told, and when. Every other thread waits for each
 * answer; those between have several calls under way.
 *
 * @param threads how many
 * @param operations how many checks each thread makes
 * @param underWay how many calls a thread that does not wait for each has open at once
 * @param keys what is checked, each as often as the next
 * @param maxCost costs are drawn from 1 to this
 * @param maxStepMicros from one check to the next, of whatever thread, the limiters' time moves on by 0 to this
 * @param seed of all that is drawn
 */
public record Recorder(
    int threads,
    int operations,
    int underWay,
    List<String> keys,
    long maxCost,
    long maxStepMicros,
    long seed) {

  public interface Limiters {
    /** The limiter of one thread, by its number from 0. The time is the instant that is recorded with each of its calls. */
    RateLimiter of(int thread, TimeSource time);
  }

  public interface Requests {
    Request of(String key, long cost);
  }

  public List<RecordedCall> record(Policy policy, Limiters limiters) {
    return record((key, cost) -> Request.of(policy, key, cost), limiters);
  }

  public List<RecordedCall> record(Requests requests, Limiters limiters) {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    AtomicLong clock = new AtomicLong();
    CyclicBarrier start = new CyclicBarrier(threads);
    long origin = System.nanoTime();
    try {
      List<Future<List<RecordedCall>>> running = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        Caller caller = new Caller(thread, requests, limiters, clock, origin);
        running.add(executor.submit(() -> {
          start.await();
          return caller.play();
        }));
      }
      List<RecordedCall> history = new ArrayList<>();
      for (Future<List<RecordedCall>> one : running) {
        history.addAll(one.get());
      }
      return history;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a check threw", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while checks were under way", e);
    } finally {
      executor.shutdownNow();
    }
  }

  private final class Caller {
    private final Random random;
    private final Requests requests;
    private final RateLimiter limiter;
    private final AtomicLong clock;
    private final AtomicLong own = new AtomicLong();
    private final long origin;
    private final int together;

    Caller(int thread, Requests requests, Limiters limiters, AtomicLong clock, long origin) {
      this.requests = requests;
      this.random = new Random(seed + thread);
      this.clock = clock;
      this.origin = origin;
      together = thread % 2 == 0 ? 1 : underWay;
      limiter = limiters.of(thread, own::get);
    }

    List<RecordedCall> play() {
      List<RecordedCall> played = new ArrayList<>(operations);
      while (played.size() < operations) {
        List<CompletableFuture<RecordedCall>> calls = new ArrayList<>();
        for (int i = Math.min(together, operations - played.size()); i > 0; i--) {
          calls.add(call());
        }
        calls.forEach(call -> played.add(call.join()));
      }
      return played;
    }

    private CompletableFuture<RecordedCall> call() {
      String key = keys.get(random.nextInt(keys.size()));
      long cost = 1 + random.nextLong(maxCost);
      Request request = requests.of(key, cost);
      long at = clock.addAndGet(random.nextLong(maxStepMicros + 1));
      own.set(at);
      long invoked = now();
      if (together == 1) {
        Decision decision = limiter.check(request).decision();
        return CompletableFuture.completedFuture(operation(key, at, cost, invoked, decision));
      }
      return limiter
          .checkAsync(request)
          .thenApply(decision -> operation(key, at, cost, invoked, decision.decision()))
          .toCompletableFuture();
    }

    private RecordedCall operation(
        String key, long at, long cost, long invoked, Decision decision) {
      return decision.decidedBy() == null
          ? new RecordedCall(key, at, cost, invoked, now(), decision)
          : RecordedCall.undecided(key, at, cost, invoked);
    }

    private long now() {
      return System.nanoTime() - origin;
    }
  }
}
