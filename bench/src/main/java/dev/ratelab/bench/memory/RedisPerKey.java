package dev.ratelab.bench.memory;

import dev.ratelab.bench.InFlight;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.Targets;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * Memory that one key takes in Redis: what {@code used_memory} falls by when half of many keys are deleted, divided by their
 * number. The key's own name and expiry are in it. The server's hash tables are not: they grow and shrink in steps, some time
 * after the keys do, which would blur the number; their share is 16 to 32 bytes a key.
 */
record RedisPerKey(Targets targets, RedisClient client) {
  // One script does it all: between two calls the buffers of connections come and go, which was
  // seen to be as much as twenty bytes a key.
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

  /**
   * Measures once, and leaves no key behind.
   *
   * @param limit of a window so long that nothing expires in millions of microseconds
   * @param admissions how often each key is admitted, each time at an instant of its own
   */
  double measure(Subject subject, Limit limit, int admissions, int keys)
      throws InterruptedException {
    AtomicLong clock = new AtomicLong(HeapPerKey.EPOCH);
    RateLimiter limiter = targets.limiter(subject, clock::get);
    ScopedPolicy policy = ScopedPolicy.perKey(policy(subject, limit));
    return measure(subject, limit, keys, () -> {
      for (int a = 1; a <= admissions; a++) {
        int admission = a;
        InFlight.<RequestDecision>run(
            keys,
            BATCH,
            k -> {
              clock.incrementAndGet();
              return limiter.checkAsync(Request.of(policy, name(k), 1));
            },
            answer -> {
              if (!answer.allowed()) {
                throw new IllegalStateException("%s denied admission %s of %s"
                    .formatted(subject.title(), admission, admissions));
              }
            });
      }
    });
  }

  /** The same for keys as long as a limiter's that hold the number 1: what no limiter in Redis can do without. */
  double bare(Subject subject, Limit limit, int keys) throws InterruptedException {
    Policy policy = policy(subject, limit);
    return measure(
        subject,
        limit,
        keys,
        () -> InFlight.<Object>run(
            keys,
            BATCH,
            k -> client.runAsync(
                SET, targets.redisKey(subject, policy, name(k)), List.of(), Target.DEADLINE),
            answer -> {}));
  }

  private interface Filling {
    void run() throws InterruptedException;
  }

  private double measure(Subject subject, Limit limit, int keys, Filling filling)
      throws InterruptedException {
    Policy policy = policy(subject, limit);
    try {
      filling.run();
      // Half of them, because tables that are nearly empty would be made smaller.
      int half = keys / 2;
      double bytes = (double) delete(subject, policy, half) / half;
      if (bytes <= 0) {
        throw new IllegalStateException("%s freed no memory".formatted(subject.title()));
      }
      return bytes;
    } finally {
      delete(subject, policy, keys);
    }
  }

  /** One name for all, because it is part of every key. */
  private static Policy policy(Subject subject, Limit limit) {
    return subject.policy(limit, "memory");
  }

  private static String name(int key) {
    return "user" + key;
  }

  /** Deletes the first keys, and tells how many bytes that freed. */
  private long delete(Subject subject, Policy policy, int keys) {
    long freed = 0;
    for (int from = 0; from < keys; from += BATCH) {
      List<byte[]> some = IntStream.range(from, Math.min(from + BATCH, keys))
          .mapToObj(k -> targets.redisKey(subject, policy, name(k)))
          .toList();
      freed += client.run(DELETE, some, List.of(), Target.DEADLINE).get(0);
    }
    return freed;
  }
}
