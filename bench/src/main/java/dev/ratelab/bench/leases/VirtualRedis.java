package dev.ratelab.bench.leases;

import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.memory.StoreBound;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Counters in virtual time behind a network: a request takes {@value #ONE_WAY_MICROS} µs to them, and its answer as long. For one thread. */
final class VirtualRedis implements TimeSource, AutoCloseable {
  static final long ONE_WAY_MICROS = 250;

  private final RateLimiter counters = RateLimiters.inMemory(this, StoreBound.defaultKeys());

  /** In the order of their arrival, as all take as long. */
  private final Queue<Message> underWay = new ArrayDeque<>();

  private long now;
  private long calls;

  private record Message(long arrives, Runnable what) {}

  @Override
  public long micros() {
    return now;
  }

  /** How many requests it was asked for. */
  long calls() {
    return calls;
  }

  /** Lets the time pass until an instant. */
  void runUntil(long instant) {
    while (!underWay.isEmpty() && underWay.element().arrives <= instant) {
      Message next = underWay.remove();
      now = next.arrives;
      next.what.run();
    }
    now = instant;
  }

  /** Lets the time pass until all is answered. */
  void finish() {
    while (!underWay.isEmpty()) {
      runUntil(underWay.element().arrives);
    }
  }

  /** As a limiter on it does. */
  CompletionStage<RequestDecision> decide(Request request) {
    calls++;
    CompletableFuture<RequestDecision> answer = new CompletableFuture<>();
    send(() -> {
      RequestDecision made = counters.check(request);
      send(() -> answer.complete(made));
    });
    return answer;
  }

  private void send(Runnable message) {
    underWay.add(new Message(now + ONE_WAY_MICROS, message));
  }

  @Override
  public void close() {
    counters.close();
  }
}
