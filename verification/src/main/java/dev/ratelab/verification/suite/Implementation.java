package dev.ratelab.verification.suite;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.subject.Caller;
import dev.ratelab.verification.subject.LimiterSubject;
import dev.ratelab.verification.subject.MemorySubject;
import dev.ratelab.verification.subject.RedisSubject;
import dev.ratelab.verification.subject.ScheduledRequest;
import dev.ratelab.verification.subject.Step;
import dev.ratelab.verification.subject.TransitionSubject;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is verified.
 *
 * @param subject who decides
 * @param backend the results' name of where its state is
 * @param client the results' name of how it is reached
 * @param untried why {@link #untriedProperty} is not tried on it, empty if all are
 */
public record Implementation(
    VerifiedSubject subject, String backend, String client, String untried) {

  public static Implementation java() {
    return new Implementation(
        new TransitionSubject(),
        Measurement.NONE,
        "java",
        "a transition decides for one policy, and a limiter for several");
  }

  public static Implementation memory() {
    return new Implementation(
        new MemorySubject(),
        "memory",
        Measurement.NONE,
        "its store does not show when a key's state expires");
  }

  /**
   * The Redis limiter, which asks the server to tell what a key holds and when it expires. A server or proxy that does not
   * tell gets all properties but the one that needs it.
   *
   * @param client connected, the caller's to close
   * @param backend {@code redis} or {@code redis-cluster}
   * @throws IllegalStateException if the server does not even decide
   */
  public static Implementation redis(RedisClient client, String backend) {
    RedisSubject subject = new RedisSubject(client);
    List<Step> once = List.of(new Step(
        new Caller("n", Policy.of("p", Algorithm.GCRA, new Limit(1, 1, 1)), "k"), 0, 1));
    subject.decide(once);
    try {
      subject.inspect(once);
      return of(subject, backend, client.name());
    } catch (IllegalStateException e) {
      return new Implementation(
          new Blind(subject),
          backend,
          client.name(),
          "the server does not tell when a key expires (needs DUMP and PEXPIRETIME, so Redis 7): "
              + cause(e));
    }
  }

  public static Implementation of(VerifiedSubject subject, String backend, String client) {
    return new Implementation(subject, backend, client, "");
  }

  /** The first property that cannot be checked on it, or null. */
  public @Nullable Property untriedProperty() {
    return Arrays.stream(Property.values())
        .filter(property -> !property.accepts(subject))
        .findFirst()
        .orElse(null);
  }

  private static String cause(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  /** A subject whose store cannot be looked into, though its class could. */
  private record Blind(LimiterSubject subject) implements LimiterSubject {
    @Override
    public String name() {
      return subject.name();
    }

    @Override
    public List<RequestDecision> answer(List<ScheduledRequest> requests) {
      return subject.answer(requests);
    }

    @Override
    public List<RequestDecision> answerTogether(List<ScheduledRequest> requests) {
      return subject.answerTogether(requests);
    }
  }
}
