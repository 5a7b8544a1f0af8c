package dev.ratelab.server.check;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.http.RateLimitFields;
import dev.ratelab.server.http.Responses;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * What goes back over the wire.
 *
 * <p>A decision is {@code {"allowed": true, "limit": 100, "remaining": 99, "retryAfter": 0, "resetAfter": 0.01}}: times are JSON
 * numbers in seconds, exact to the microsecond. {@code delay}, in seconds too, is there when the request is to be held back.
 * Where a failure policy decided because the backend did not, {@code decidedBy} names it and {@code because} says why, in the field
 * {@code Ratelab-Decided-By} too; if nobody counted, there is nothing but {@code allowed} and {@code limit} beside them, since nothing
 * else is known. Where several policies decided, {@code deniedBy} names the one to wait for, and {@code policies} has what each of
 * them answers. It is also there where a policy is in shadow, which has {@code "shadow": true} and what it would have done; what
 * stands outside of {@code policies} knows nothing of it, unless all are in shadow.
 *
 * <p>The fields that tell of it are those of {@link RateLimitFields}.
 */
final class CheckResponses {
  private static final AsciiString EXPOSITION =
      AsciiString.cached("text/plain; version=0.0.4; charset=utf-8");
  private static final AsciiString HTML = AsciiString.cached("text/html; charset=utf-8");

  private final HttpResponseStatus denied;

  private final RateLimitFields fields = new RateLimitFields();

  CheckResponses(int denyStatus) {
    denied = HttpResponseStatus.valueOf(denyStatus);
  }

  /** 200, the status for denials, or 503 where nobody counted and so nobody can say that the client is over its limit. */
  FullHttpResponse decision(Request request, RequestDecision joint) {
    Decision decision = joint.decision();
    FullHttpResponse response = Responses.json(status(decision), json -> {
      json.writeStartObject();
      writeFields(json, joint, decision);
      json.writeEndObject();
    });
    fields.tell(request, joint, response.headers()::set);
    return response;
  }

  /** 200 with a list of decisions in the order of the requests, whatever they are. */
  static FullHttpResponse batch(List<RequestDecision> decisions) {
    return Responses.json(HttpResponseStatus.OK, json -> {
      json.writeStartArray();
      for (RequestDecision joint : decisions) {
        json.writeStartObject();
        writeFields(json, joint, joint.decision());
        json.writeEndObject();
      }
      json.writeEndArray();
    });
  }

  private static void writeFields(JsonGenerator json, RequestDecision joint, Decision decision) {
    writeFields(json, decision);
    if (joint.policies().size() == 1 && !joint.shadowed()) {
      return;
    }
    String deniedBy = joint.deniedBy();
    if (deniedBy != null) {
      json.writeStringProperty("deniedBy", deniedBy);
    }
    json.writeArrayPropertyStart("policies");
    for (PolicyDecision own : joint.policies()) {
      json.writeStartObject();
      json.writeStringProperty("policy", own.policy());
      if (own.shadow()) {
        json.writeBooleanProperty("shadow", true);
      }
      writeFields(json, own.decision());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeFields(JsonGenerator json, Decision decision) {
    json.writeBooleanProperty("allowed", decision.allowed());
    json.writeNumberProperty("limit", decision.limit());
    FailurePolicy decidedBy = decision.decidedBy();
    FailureReason because = decision.because();
    if (decidedBy != null) {
      json.writeStringProperty("decidedBy", decidedBy.id());
    }
    if (because != null) {
      json.writeStringProperty("because", because.id());
    }
    if (!decision.counted()) {
      return;
    }
    json.writeNumberProperty("remaining", decision.remaining());
    json.writeNumberProperty("retryAfter", seconds(decision.retryAfterMicros()));
    json.writeNumberProperty("resetAfter", seconds(decision.resetAfterMicros()));
    if (decision.delayMicros() != 0) {
      json.writeNumberProperty("delay", seconds(decision.delayMicros()));
    }
  }

  /** {@code {"status": "up"}} with 200, or {@code down} with 503. */
  static FullHttpResponse health(@Nullable String trouble) {
    FullHttpResponse response = Responses.json(
        trouble == null ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE, json -> {
          json.writeStartObject();
          json.writeStringProperty("status", trouble == null ? "up" : "down");
          if (trouble != null) {
            json.writeStringProperty("reason", trouble);
          }
          json.writeEndObject();
        });
    response.headers().set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    return response;
  }

  static FullHttpResponse metrics(String exposition) {
    return Responses.body(
        HttpResponseStatus.OK, EXPOSITION, exposition.getBytes(StandardCharsets.UTF_8));
  }

  static FullHttpResponse livePage() {
    FullHttpResponse response = Responses.body(HttpResponseStatus.OK, HTML, LivePage.html());
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_SECURITY_POLICY, LivePage.CONTENT_SECURITY_POLICY)
        .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_CACHE);
    return response;
  }

  private HttpResponseStatus status(Decision decision) {
    if (decision.allowed()) {
      return HttpResponseStatus.OK;
    }
    return decision.counted() ? denied : HttpResponseStatus.SERVICE_UNAVAILABLE;
  }

  private static BigDecimal seconds(long micros) {
    return BigDecimal.valueOf(micros, 6).stripTrailingZeros();
  }
}
