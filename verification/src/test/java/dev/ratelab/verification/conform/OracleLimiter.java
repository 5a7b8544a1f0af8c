package dev.ratelab.verification.conform;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import dev.ratelab.verification.conform.tested.ToldWait;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleAnswer;
import dev.ratelab.verification.property.Scenario;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** The oracle on the real clock: right by its own definition, and answered at once. */
class OracleLimiter implements TestedLimiter {
  private final Map<String, Oracle> keys = new ConcurrentHashMap<>();
  private final Algorithm algorithm;
  private final Limit limit;

  OracleLimiter(Algorithm algorithm, Limit limit) {
    this.algorithm = algorithm;
    this.limit = limit;
  }

  @Override
  public String name() {
    return "oracle of " + algorithm.id();
  }

  @Override
  public Set<Ability> abilities() {
    return EnumSet.of(Ability.COST);
  }

  @Override
  public CompletableFuture<Answer> ask(String key, long cost) {
    Oracle oracle = keys.computeIfAbsent(key, k -> Oracle.of(algorithm.id(), Scenario.rule(limit)));
    OracleAnswer answer;
    synchronized (oracle) {
      answer = oracle.check(System.nanoTime() / 1_000, cost);
    }
    return CompletableFuture.completedFuture(new Answer(
        answer.allowed(),
        answer.remaining(),
        answer.allowed() ? null : new ToldWait(answer.retryAfter(), 1),
        new ToldWait(answer.resetAfter(), 1)));
  }

  @Override
  public void close() {}
}
