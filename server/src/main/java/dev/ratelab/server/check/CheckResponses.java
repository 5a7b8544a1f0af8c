package dev.ratelab.server.check;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.http.RateLimitFields;
import dev.ratelab.server.http.AsciiText;
import dev.ratelab.server.http.Response;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What goes back over the wire.
 *
 * <p>A decision is {@code {"allowed": true, "limit": 100, "remaining": 99, "retryAfter": 0, "resetAfter": 0.01}}: times are JSON
 * numbers in seconds, exact to the microsecond. {@code delay}, in seconds too, is there when the request is to be held back.
 * Where a failure policy decided because the backend did not, {@code decidedBy} names it and {@code because} says why, in the field
 * {@code Ratelab-Decided-By} too; if nobody counted, there is nothing but {@code allowed} and {@code limit} beside them, since nothing
 * else is known. A decision on what was borrowed from Redis looks like one of Redis; its numbers are lower bounds. Where several policies decided, {@code deniedBy} names the one to wait for, and {@code policies} has what each of
 * them answers. It is also there where a policy is in shadow, which has {@code "shadow": true} and what it would have done; what
 * stands outside of {@code policies} knows nothing of it, unless all are in shadow.
 *
 * <p>The fields that tell of it are those of {@link RateLimitFields}.
 */
final class CheckResponses {
  private static final String EXPOSITION = "text/plain; version=0.0.4; charset=utf-8";
  private static final String HTML = "text/html; charset=utf-8";
  private static final int DECISION_BYTES = 128;

  private final HttpResponseStatus denied;

  private final RateLimitFields fields = new RateLimitFields();

  CheckResponses(int denyStatus) {
    denied = HttpResponseStatus.valueOf(denyStatus);
  }

  /** 200, the status for denials, or 503 where nobody counted and so nobody can say that the client is over its limit. */
  Response decision(Request request, RequestDecision joint) {
    Decision decision = joint.decision();
    AsciiText json = new AsciiText(DECISION_BYTES);
    write(json, joint, decision);
    Response response = new Response(status(decision), Response.JSON, json);
    fields.tell(request, joint, response::with);
    return response;
  }

  /** 200 with a list of decisions in the order of the requests, whatever they are. */
  static Response batch(List<RequestDecision> decisions) {
    AsciiText json = new AsciiText(DECISION_BYTES * decisions.size());
    String before = "[";
    for (RequestDecision joint : decisions) {
      write(json.add(before), joint, joint.decision());
      before = ",";
    }
    return new Response(HttpResponseStatus.OK, Response.JSON, json.add("]"));
  }

  /** A policy's name holds nothing that would have to be escaped. */
  private static void write(AsciiText json, RequestDecision joint, Decision decision) {
    write(json.add("{"), decision);
    if (joint.policies().size() > 1 || joint.shadowed()) {
      String deniedBy = joint.deniedBy();
      if (deniedBy != null) {
        json.add(",\"deniedBy\":\"").add(deniedBy).add("\"");
      }
      String before = ",\"policies\":[";
      for (PolicyDecision own : joint.policies()) {
        json.add(before).add("{\"policy\":\"").add(own.policy());
        write(json.add(own.shadow() ? "\",\"shadow\":true," : "\","), own.decision());
        json.add("}");
        before = ",";
      }
      json.add("]");
    }
    json.add("}");
  }

  private static void write(AsciiText json, Decision decision) {
    json.add(decision.allowed() ? "\"allowed\":true,\"limit\":" : "\"allowed\":false,\"limit\":")
        .add(decision.limit());
    FailurePolicy decidedBy = decision.decidedBy();
    FailureReason because = decision.because();
    if (decidedBy != null) {
      json.add(",\"decidedBy\":\"").add(decidedBy.id()).add("\"");
    }
    if (because != null) {
      json.add(",\"because\":\"").add(because.id()).add("\"");
    }
    if (!decision.counted()) {
      return;
    }
    json.add(",\"remaining\":").add(decision.remaining());
    json.add(",\"retryAfter\":").addSeconds(decision.retryAfterMicros());
    json.add(",\"resetAfter\":").addSeconds(decision.resetAfterMicros());
    if (decision.delayMicros() != 0) {
      json.add(",\"delay\":").addSeconds(decision.delayMicros());
    }
  }

  /** {@code {"status": "up"}} with 200, or {@code down} with 503. */
  static Response health(@Nullable String trouble) {
    return Response.json(
            trouble == null ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE,
            json -> {
              json.writeStringProperty("status", trouble == null ? "up" : "down");
              if (trouble != null) {
                json.writeStringProperty("reason", trouble);
              }
            })
        .with(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
  }

  static Response metrics(String exposition) {
    byte[] text = exposition.getBytes(StandardCharsets.UTF_8);
    return new Response(HttpResponseStatus.OK, EXPOSITION, AsciiText.of(text));
  }

  static Response livePage() {
    return new Response(HttpResponseStatus.OK, HTML, AsciiText.of(LivePage.html()))
        .with(HttpHeaderNames.CONTENT_SECURITY_POLICY, LivePage.CONTENT_SECURITY_POLICY)
        .with(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_CACHE);
  }

  private HttpResponseStatus status(Decision decision) {
    if (decision.allowed()) {
      return HttpResponseStatus.OK;
    }
    return decision.counted() ? denied : HttpResponseStatus.SERVICE_UNAVAILABLE;
  }
}
