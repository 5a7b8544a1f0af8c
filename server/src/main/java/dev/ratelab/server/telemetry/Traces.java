package dev.ratelab.server.telemetry;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.RequestDecision;
import io.netty.handler.codec.http.HttpHeaders;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * OpenTelemetry traces: a span for each check over HTTP, in the caller's trace if it named one, and a span for each call to Redis in
 * it. Names are those of OpenTelemetry's semantic conventions, and {@code ratelab.*} for decisions. Neither keys nor tenants are in
 * any of them.
 */
public final class Traces implements AutoCloseable {
  private static final String ERROR = "error.type";
  private static final AttributeKey<List<String>> POLICIES =
      AttributeKey.stringArrayKey("ratelab.policies");
  private static final int SERVER_ERROR = 500;
  private static final int SECONDS_TO_SEND = 2;
  private static final Logger LOG = LoggerFactory.getLogger(Traces.class);

  // Held here, because the JDK forgets loggers that nobody holds.
  private static final java.util.logging.Logger THEIRS =
      java.util.logging.Logger.getLogger("io.opentelemetry");

  static {
    THEIRS.setUseParentHandlers(false);
    THEIRS.addHandler(new Lines());
  }

  private static final TextMapGetter<HttpHeaders> HEADERS = new TextMapGetter<>() {
    @Override
    public @Nullable String get(@Nullable HttpHeaders headers, String name) {
      return headers == null ? null : headers.get(name);
    }
  };

  private final boolean on;
  private final Runnable close;
  private final Tracer tracer;
  private final TextMapPropagator propagator;

  private Traces(OpenTelemetry telemetry, boolean on, Runnable close) {
    this.on = on;
    this.close = close;
    tracer = telemetry.getTracer("dev.ratelab.server");
    propagator = telemetry.getPropagators().getTextMapPropagator();
  }

  /** No traces: every span is one that records nothing. */
  static Traces none() {
    return new Traces(OpenTelemetry.noop(), false, () -> {});
  }

  /**
   * Traces that are sent over OTLP, to port 4318 of this machine by HTTP unless OpenTelemetry's own environment variables and
   * system properties say otherwise.
   *
   * @throws IllegalArgumentException if one of those has no meaning; the message says which
   */
  public static Traces otlp() {
    try {
      OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
          .addPropertiesSupplier(() -> Map.of(
              "otel.service.name", "ratelab",
              "otel.exporter.otlp.protocol", "http/protobuf",
              // Prometheus asks for the metrics, and the log goes to standard error.
              "otel.metrics.exporter", "none",
              "otel.logs.exporter", "none"))
          .disableShutdownHook()
          .build()
          .getOpenTelemetrySdk();
      return new Traces(sdk, true, () -> sdk.shutdown().join(SECONDS_TO_SEND, TimeUnit.SECONDS));
    } catch (RuntimeException e) {
      throw new IllegalArgumentException("traces: " + e.getMessage(), e);
    }
  }

  public boolean areOn() {
    return on;
  }

  /** A request to a route of ours has been read. To be ended by {@link #answered}. */
  public Span asked(String method, String route, HttpHeaders headers) {
    return tracer
        .spanBuilder(method + " " + route)
        .setParent(propagator.extract(Context.root(), headers, HEADERS))
        .setSpanKind(SpanKind.SERVER)
        .setAttribute("http.request.method", method)
        .setAttribute("http.route", route)
        .startSpan();
  }

  public static void answered(Span span, int status) {
    span.setAttribute("http.response.status_code", status);
    if (status >= SERVER_ERROR) {
      span.setStatus(StatusCode.ERROR).setAttribute(ERROR, Integer.toString(status));
    }
    span.end();
  }

  public static void decided(Span span, RequestDecision made) {
    if (!span.isRecording()) {
      return;
    }
    Decision decision = made.decision();
    span.setAttribute(
        POLICIES, made.policies().stream().map(PolicyDecision::policy).toList());
    span.setAttribute("ratelab.allowed", decision.allowed());
    String deniedBy = made.deniedBy();
    if (deniedBy != null) {
      span.setAttribute("ratelab.denied_by", deniedBy);
    }
    FailurePolicy decidedBy = decision.decidedBy();
    if (decidedBy != null) {
      span.setAttribute("ratelab.decided_by", decidedBy.id());
    }
  }

  /** A script is about to be run in Redis on behalf of the current span. To be ended by {@link #replied}. */
  Span script(String name) {
    if (!Span.current().isRecording()) {
      return Span.getInvalid();
    }
    return tracer
        .spanBuilder("EVALSHA " + name)
        .setSpanKind(SpanKind.CLIENT)
        .setAttribute("db.system.name", "redis")
        .setAttribute("db.operation.name", "EVALSHA")
        .setAttribute("db.stored_procedure.name", name)
        .startSpan();
  }

  static void replied(Span span, @Nullable Throwable failure) {
    if (failure != null) {
      span.setStatus(StatusCode.ERROR).setAttribute(ERROR, failure.getClass().getName());
    }
    span.end();
  }

  /** Sends what was not sent yet, for at most two seconds: whoever stops the server must not wait for a collector that is away. */
  @Override
  public void close() {
    close.run();
  }

  /** OpenTelemetry logs to the JDK's logging, at length: here it is a line of our log. */
  private static final class Lines extends Handler {
    @Override
    public void publish(LogRecord line) {
      if (line.getLevel().intValue() < Level.WARNING.intValue()) {
        return;
      }
      Throwable thrown = line.getThrown();
      LOG.atWarn()
          .addKeyValue("event", "traces_lost")
          .addKeyValue("reason", thrown == null ? "" : thrown.getClass().getSimpleName())
          .log("traces: " + line.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
