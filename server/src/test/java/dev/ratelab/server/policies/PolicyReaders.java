package dev.ratelab.server.policies;

import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.server.check.ActivePolicies;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Readers of policies for tests. */
final class PolicyReaders {
  private PolicyReaders() {}

  static PolicyDocument yaml(Path file) throws ConfigurationException {
    return PolicyDocument.yaml(file.toString(), PolicyDocument.text(file));
  }

  /** Policies on one limiter, wherever they say that their counters are. */
  static PolicySnapshot.Reader on(RateLimiter limiter) {
    return document -> {
      Configuration read = PolicyFile.read(document, Duration.ofSeconds(30), 1, true);
      return new PolicySnapshot(document, read, ActivePolicies.of(read.policies(), limiter));
    };
  }

  /** Policies that only tell what they are. */
  static PolicySnapshot.Reader any() {
    return on(RateLimiters.inMemory());
  }

  static long limit(LivePolicies live) {
    return limit(live, null, "p");
  }

  static long limit(LivePolicies live, @Nullable String tenant, String policy) {
    List<ScopedPolicy> found = live.get().policies().resolve(tenant, List.of(policy));
    return found.get(0).policy().limit().permits();
  }

  static String document(long limit) {
    return "{\"policies\": {\"p\": {\"limit\": %s, \"window\": \"1s\"}}}".formatted(limit);
  }
}
