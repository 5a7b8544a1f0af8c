package dev.ratelab.bench.validation;

import dev.ratelab.limiter.redis.ForwardingClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** A Redis as if it were farther away: half of the way passes before a call goes out, half after its answer. Takes the time of each call. */
final class DistantRedis extends ForwardingClient {
  private final Executor way;
  private final ConcurrentLinkedQueue<Long> roundTrips = new ConcurrentLinkedQueue<>();

  /** @param roundTrip how much farther, there and back; 0 or more */
  DistantRedis(RedisClient near, Duration roundTrip) {
    super(near);
    long half = roundTrip.toNanos() / 2;
    way = half == 0
        ? Runnable::run
        : CompletableFuture.delayedExecutor(half, TimeUnit.NANOSECONDS, Runnable::run);
  }

  /** How long each call took that was answered, in microseconds. */
  List<Long> roundTrips() {
    return List.copyOf(roundTrips);
  }

  /** Forgets the calls so far. */
  void forget() {
    roundTrips.clear();
  }

  @Override
  public CompletionStage<List<Long>> runAsync(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    long began = System.nanoTime();
    return CompletableFuture.supplyAsync(
            () -> super.runAsync(script, keys, arguments, deadline), way)
        .thenCompose(answer -> answer)
        .thenApplyAsync(
            answer -> {
              roundTrips.add((System.nanoTime() - began) / 1_000);
              return answer;
            },
            way);
  }

  @Override
  public List<Long> run(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return runAsync(script, keys, arguments, deadline).toCompletableFuture().join();
  }
}
