package dev.ratelab.bench.memory;

import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.Targets;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisPolicyLimiter;
import dev.ratelab.limiter.redis.Script;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * Memory that one key takes in Redis: what {@code used_memory} falls by when half of many keys are deleted, divided by their
 * number. The key's own name and expiry are in it. The server's hash tables are not: they grow and shrink in steps, some time
 * after the keys do, which would blur the number; their share is 16 to 32 bytes a key.
 */
final class RedisPerKey {
  // One script reads, deletes and reads again: between two calls the buffers of connections come
  // and go, which was seen to be
  // as much as twenty bytes a key.
  private static final Script DELETE = Script.of("delete-and-measure", """
          local function used()
            return tonumber(string.match(redis.call('INFO', 'memory'), 'used_memory:(%d+)'))
          end
          local before = used()
          for _, key in ipairs(KEYS) do
            redis.call('DEL', key)
          end
          return {before - used()}
          """);
  private static final Script SET = Script.of("set", "redis.call('SET', KEYS[1], 1) return {1}");
  private static final int BATCH = 1_000;

  private final Targets targets;
  private final RedisClient client;

  RedisPerKey(Targets targets, String client) {
    this.targets = targets;
    this.client = targets.client(client);
  }

  /**
   * Measures once, and leaves no key behind.
   *
   * @param limit of a window so long that nothing expires in millions of microseconds
   * @param admissions how often each key is admitted, each time at an instant of its own
   * @param keys how many keys
   * @return bytes for each key
   */
  double measure(Subject subject, Limit limit, int admissions, int keys)
      throws InterruptedException {
    AtomicLong clock = new AtomicLong(HeapPerKey.EPOCH);
    // One name for all, because it is part of every key.
    RedisPolicyLimiter limiter =
        (RedisPolicyLimiter) targets.limiter(subject, limit, "memory", clock::get);
    return measure(
        subject.title(), limiter, keys, names -> fill(limiter, clock, admissions, names));
  }

  /** The same for keys as long as a limiter's that hold the number 1: what no limiter in Redis can do without. */
  double bare(Subject subject, Limit limit, int keys) throws InterruptedException {
    RedisPolicyLimiter limiter =
        (RedisPolicyLimiter) targets.limiter(subject, limit, "memory", () -> HeapPerKey.EPOCH);
    return measure(
        "a bare key",
        limiter,
        keys,
        names -> inBatches(
            names,
            name -> client.runAsync(SET, limiter.redisKey(name), List.of(), Target.DEADLINE)));
  }

  /** Fills keys. */
  private interface Filling {
    void of(List<String> names) throws InterruptedException;
  }

  private double measure(String what, RedisPolicyLimiter limiter, int keys, Filling filling)
      throws InterruptedException {
    List<String> names = new ArrayList<>();
    for (int k = 0; k < keys; k++) {
      names.add("user" + k);
    }
    try {
      filling.of(names);
      // Half of them, because tables that are nearly empty would be made smaller.
      List<String> half = names.subList(0, keys / 2);
      double bytes = (double) delete(limiter, half) / half.size();
      if (bytes <= 0) {
        throw new IllegalStateException("%s freed no memory".formatted(what));
      }
      return bytes;
    } finally {
      delete(limiter, names);
    }
  }

  private static void fill(
      RedisPolicyLimiter limiter, AtomicLong clock, int admissions, List<String> names)
      throws InterruptedException {
    for (int a = 0; a < admissions; a++) {
      int admission = a + 1;
      inBatches(names, name -> {
        clock.incrementAndGet();
        return limiter.checkAsync(name, 1).thenAccept(decision -> {
          if (!decision.allowed()) {
            throw new IllegalStateException("%s denied admission %s of %s"
                .formatted(limiter.policy().algorithm(), admission, admissions));
          }
        });
      });
    }
  }

  /** Deletes keys, and tells how many bytes that freed. */
  private long delete(RedisPolicyLimiter limiter, List<String> names) {
    long freed = 0;
    for (int from = 0; from < names.size(); from += BATCH) {
      List<byte[]> keys = names.subList(from, Math.min(from + BATCH, names.size())).stream()
          .map(limiter::redisKey)
          .toList();
      freed += client.run(DELETE, keys, List.of(), Target.DEADLINE).get(0);
    }
    return freed;
  }

  /** Few enough at a time for every client's queue. */
  private static void inBatches(List<String> names, Function<String, CompletionStage<?>> call)
      throws InterruptedException {
    for (int from = 0; from < names.size(); from += BATCH) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      List<CompletionStage<?>> answers = new ArrayList<>(BATCH);
      for (String name : names.subList(from, Math.min(from + BATCH, names.size()))) {
        answers.add(call.apply(name));
      }
      answers.forEach(answer -> answer.toCompletableFuture().join());
    }
  }
}
