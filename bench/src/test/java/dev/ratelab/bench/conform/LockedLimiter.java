package dev.ratelab.bench.conform;

import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.Setup;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import redis.clients.jedis.RedisClient;

/** Reads, compares and writes a counter in Redis under a lock of its JVM. */
final class LockedLimiter implements TestedLimiter {
  private static final Object LOCK = new Object();

  private final RedisClient redis;
  private final Setup setup;

  LockedLimiter(Setup setup) {
    this.setup = setup;
    redis = RedisClient.create(setup.redis());
  }

  public static void main(String[] arguments) throws IOException {
    PrintStream out = System.out;
    System.setOut(System.err);
    try (LockedLimiter limiter = new LockedLimiter(Setup.of(System.getenv()))) {
      SubjectProgram.serve(limiter, System.in, out);
    }
  }

  @Override
  public String name() {
    return "read and write under a lock";
  }

  @Override
  public Set<Ability> abilities() {
    return Set.of(Ability.ANOTHER);
  }

  @Override
  public CompletableFuture<Answer> ask(String key, long cost) {
    String name = setup.namespace() + key;
    synchronized (LOCK) {
      String spent = redis.get(name);
      long now = spent == null ? 0 : Long.parseLong(spent);
      boolean allowed = now < setup.limit().permits();
      if (allowed) {
        redis.set(name, Long.toString(now + 1));
      }
      return CompletableFuture.completedFuture(Answer.of(allowed));
    }
  }

  @Override
  public void close() {
    redis.close();
  }
}
