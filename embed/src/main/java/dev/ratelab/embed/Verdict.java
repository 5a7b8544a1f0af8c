package dev.ratelab.embed;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.http.RateLimitFields;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What becomes of a request, in terms of HTTP. It tells what the server's {@code POST /check} tells: 429 with {@code Retry-After} for
 * a denial, 503 where the backend did not answer, nobody counted in its place, and the failure policy denied.
 *
 * @param allowed whether the request may pass
 * @param status the status of the response that denies, 200 where the request may pass
 * @param fields those of {@link RateLimitFields}, for the response of whoever answers
 * @param delay how long to hold back a request that may pass; over zero with {@code leaky-bucket} only
 */
public record Verdict(boolean allowed, int status, Map<String, String> fields, Duration delay) {
  /** The type of {@link #problem()}. */
  public static final String PROBLEM_TYPE = "application/problem+json";

  /** The verdict on a request that no policy is asked about. */
  static final Verdict UNLIMITED = new Verdict(true, 200, Map.of(), Duration.ZERO);

  private static final RateLimitFields FIELDS = new RateLimitFields();
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVICE_UNAVAILABLE = 503;

  static Verdict of(Request request, RequestDecision joint) {
    Decision decision = joint.decision();
    Map<String, String> fields = new LinkedHashMap<>();
    FIELDS.tell(request, joint, fields::put);
    int denied = decision.counted() ? TOO_MANY_REQUESTS : SERVICE_UNAVAILABLE;
    return new Verdict(
        decision.allowed(), decision.allowed() ? 200 : denied, fields, decision.delay());
  }

  /** The body of the response that denies: a problem of RFC 9457, in UTF-8. */
  public byte[] problem() {
    String problem = status == TOO_MANY_REQUESTS
        ? "\"title\":\"Too Many Requests\",\"status\":429,\"detail\":\"over the limit; retry after %s s\""
            .formatted(fields.get("Retry-After"))
        : "\"title\":\"Service Unavailable\",\"status\":503,\"detail\":\"the limiter's backend did not answer\"";
    return ("{\"type\":\"about:blank\"," + problem + "}").getBytes(StandardCharsets.UTF_8);
  }
}
