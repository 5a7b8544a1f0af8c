package dev.ratelab.limiter.http;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * The response fields that tell of a decision.
 *
 * <p>{@code RateLimit-Policy} and {@code RateLimit} follow draft-ietf-httpapi-ratelimit-headers (from -08 on: structured fields). It
 * knows whole seconds only: times are rounded up, so that nobody who heeds them comes too early, and a window that is not whole
 * seconds is left out. {@code t} is {@code retryAfter} when denied and {@code resetAfter} when allowed. Policies in shadow are in
 * neither: a client that heeds the fields would be slowed down by them.
 *
 * <p>{@code Retry-After} is there for a denial. {@code Ratelab-Decided-By} is there where a failure policy answered in place of the
 * backend, and says why.
 *
 * <p>Thread-safe.
 */
public final class RateLimitFields {
  private static final String POLICY = "RateLimit-Policy";
  private static final String LIMIT = "RateLimit";
  private static final String RETRY_AFTER = "Retry-After";
  private static final String DECIDED_BY = "Ratelab-Decided-By";
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final int MOST_KNOWN = 1 << 16;

  /** A backend that is back is used again within a second. */
  private static final String RETRY_BACKEND = "1";

  /** What is said of each policy. Forgotten when there are very many, since policies may change for ever. */
  private final Map<Policy, String> known = new ConcurrentHashMap<>();

  /**
   * Tells of a decision.
   *
   * @param set is called with the name and the value of each field, each at most once
   */
  public void tell(Request request, RequestDecision joint, BiConsumer<String, String> set) {
    Decision decision = joint.decision();
    StringJoiner policies = new StringJoiner(", ");
    StringJoiner limits = new StringJoiner(", ");
    List<PolicyDecision> answers = joint.policies();
    for (int i = 0; i < answers.size(); i++) {
      PolicyDecision own = answers.get(i);
      if (own.shadow()) {
        continue;
      }
      Policy policy = request.policies().get(i).policy();
      policies.add(policy(policy));
      if (own.decision().counted()) {
        limits.add(limit(policy, own.decision()));
      }
    }
    if (policies.length() > 0) {
      set.accept(POLICY, policies.toString());
    }
    if (decision.counted() && limits.length() > 0) {
      set.accept(LIMIT, limits.toString());
    }
    if (!decision.allowed()) {
      set.accept(
          RETRY_AFTER,
          decision.counted()
              ? Long.toString(wholeSeconds(decision.retryAfterMicros()))
              : RETRY_BACKEND);
    }
    FailurePolicy decidedBy = decision.decidedBy();
    if (decidedBy != null) {
      set.accept(DECIDED_BY, decidedBy.id() + ";because=" + decision.because());
    }
  }

  private String policy(Policy policy) {
    String field = known.get(policy);
    if (field != null) {
      return field;
    }
    if (known.size() >= MOST_KNOWN) {
      known.clear();
    }
    String made = field(policy);
    known.put(policy, made);
    return made;
  }

  /** A policy's name holds nothing that would have to be escaped. */
  private static String field(Policy policy) {
    long window = policy.limit().windowMicros();
    return "\"%s\";q=%s".formatted(policy.name(), policy.limit().permits())
        + (window % MICROS_PER_SECOND == 0 ? ";w=" + window / MICROS_PER_SECOND : "");
  }

  private static String limit(Policy policy, Decision decision) {
    long wait = wholeSeconds(
        decision.allowed() ? decision.resetAfterMicros() : decision.retryAfterMicros());
    return '"' + policy.name() + "\";r=" + decision.remaining() + ";t=" + wait;
  }

  private static long wholeSeconds(long micros) {
    return (micros + MICROS_PER_SECOND - 1) / MICROS_PER_SECOND;
  }
}
