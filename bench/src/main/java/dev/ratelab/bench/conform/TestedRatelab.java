package dev.ratelab.bench.conform;

import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Targets;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.NoAnswerException;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import dev.ratelab.verification.conform.tested.ToldWait;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * One of ours, as {@code ratelab serve} makes it. On Redis the server's clock decides; the clock that can be set off is that of
 * an instance's guard, the only one that an instance reads.
 */
final class TestedRatelab implements TestedLimiter {
  private final TestedSubject.Opening opening;
  private final Targets targets;
  private final RateLimiter limiter;
  private final LongSupplier held;
  private final Set<Ability> abilities = EnumSet.of(Ability.COST, Ability.HELD);
  private final ScopedPolicy policy;

  TestedRatelab(TestedSubject.Opening opening) {
    this.opening = opening;
    Subject subject = opening.subject();
    policy = ScopedPolicy.perKey(subject.policy(opening.limit(), "conform"));
    targets = new Targets(opening.redis());
    if (subject.isRemote()) {
      RedisClient client = targets.client(subject.client());
      TimeSource own = TimeSource.monotonic();
      long ahead = TimeUnit.NANOSECONDS.toMicros(opening.ahead().toNanos());
      limiter = RateLimiters.guarded(
          RateLimiters.onRedis(client, opening.namespace()),
          Guard.defaults(),
          () -> own.micros() + ahead);
      held = () -> HeldKeys.count(client, opening.namespace());
      if (client.clustered()) {
        // The keys lie on several servers.
        abilities.remove(Ability.HELD);
      }
      abilities.addAll(Set.of(Ability.ANOTHER, Ability.CLOCK));
    } else {
      MemoryRateLimiter memory = RateLimiters.inMemory();
      limiter = memory;
      held = memory::counters;
    }
  }

  @Override
  public String name() {
    return opening.name();
  }

  @Override
  public Set<Ability> abilities() {
    return abilities;
  }

  @Override
  public CompletableFuture<Answer> ask(String key, long cost) {
    return limiter
        .checkAsync(Request.of(policy, key, cost))
        .thenApply(answer -> told(answer.decision()))
        .toCompletableFuture();
  }

  private Answer told(Decision decision) {
    if (decision.decidedBy() != null) {
      throw new NoAnswerException(
          "%s did not decide: %s".formatted(name(), decision.because()), null);
    }
    return new Answer(
        decision.allowed(),
        decision.remaining(),
        new ToldWait(decision.retryAfterMicros(), 1),
        new ToldWait(decision.resetAfterMicros(), 1));
  }

  @Override
  public OptionalLong held() {
    return OptionalLong.of(held.getAsLong());
  }

  @Override
  public Optional<TestedLimiter> another(Duration ahead) {
    return abilities.contains(Ability.ANOTHER)
        ? Optional.of(SubjectProgram.start(opening.another(ahead)))
        : Optional.empty();
  }

  @Override
  public void close() {
    limiter.close();
    targets.close();
  }
}
