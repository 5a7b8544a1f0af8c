package dev.ratelab.server.check;

import static dev.ratelab.server.RunningServers.OPTIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.net.httpserver.HttpServer;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RunningServers;
import dev.ratelab.server.ScriptedLimiter;
import dev.ratelab.server.telemetry.Telemetry;
import dev.ratelab.server.telemetry.Traces;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.opentelemetry.proto.trace.v1.Status.StatusCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What arrives at a collector that speaks OTLP. */
class TracesTest {
  private static final String ENDPOINT = "otel.exporter.otlp.endpoint";
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "traceparent: 00-" + TRACE + "-00f067aa0ba902b7-01\r\n";
  private static final PolicySet POLICIES =
      PolicySet.of(List.of(policy("p", 10), policy("q", 1)), List.of("p"), Map.of());

  private final List<Span> spans = new CopyOnWriteArrayList<>();
  private HttpServer collector;

  private static ScopedPolicy policy(String name, long permits) {
    return ScopedPolicy.perKey(
        Policy.of(name, Algorithm.GCRA, Limit.of(permits, Duration.ofHours(1))));
  }

  @BeforeEach
  void collect() throws IOException {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext("/v1/traces", exchange -> {
      try {
        ExportTraceServiceRequest.parseFrom(exchange.getRequestBody())
            .getResourceSpansList()
            .forEach(resource ->
                resource.getScopeSpansList().forEach(scope -> spans.addAll(scope.getSpansList())));
        exchange.sendResponseHeaders(200, -1);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        exchange.close();
      }
    });
    collector.start();
    System.setProperty(ENDPOINT, "http://127.0.0.1:" + collector.getAddress().getPort());
    System.setProperty("otel.exporter.otlp.compression", "none");
  }

  @AfterEach
  void stop() {
    System.clearProperty(ENDPOINT);
    System.clearProperty("otel.exporter.otlp.compression");
    collector.stop(0);
  }

  private static Map<String, String> attributes(Span span) {
    return span.getAttributesList().stream()
        .collect(Collectors.toMap(
            one -> one.getKey(),
            one -> one.getValue().hasArrayValue()
                ? one.getValue().getArrayValue().getValuesList().stream()
                    .map(value -> value.getStringValue())
                    .collect(Collectors.joining(","))
                : one.getValue().hasIntValue()
                    ? Long.toString(one.getValue().getIntValue())
                    : one.getValue().hasBoolValue()
                        ? Boolean.toString(one.getValue().getBoolValue())
                        : one.getValue().getStringValue(),
            (one, other) -> one,
            TreeMap::new));
  }

  private List<Span> named(String name) {
    return spans.stream().filter(span -> span.getName().equals(name)).toList();
  }

  @Test
  void aCheckIsASpanInItsCallersTraceAndItsCallToRedisOneInIt() throws Exception {
    RunningRedis redis = RunningRedis.open("embedded");
    try (Telemetry telemetry = Telemetry.create(Traces.otlp());
        RedisClient client = telemetry.metered(LettuceClient.connect(redis.address()));
        CheckServer server = RunningServers.serving(
            POLICIES,
            RateLimiters.onRedis(client, "ratelab-test"),
            OPTIONS.withHealth(() -> client.ping(Duration.ofSeconds(10))),
            telemetry);
        RawClient asker = new RawClient(server.port())) {
      String body = "{\"tenant\":\"hush-tenant\",\"key\":\"hush-hush\",\"policy\":[\"p\",\"q\"]}";
      asker.send(RawClient.post(body, PARENT)).read();
      asker.send(RawClient.post(body, "")).read();
      asker.send(RawClient.post("{\"key\":\"hush-hush\",\"cost\":11}", "")).read();
      asker.send(RawClient.get("/health")).read();
      asker.send(RawClient.get("/hush")).read();
      redis.close();
      assertThat(asker.send(RawClient.check("hush-hush")).read().status()).isEqualTo(503);
    }

    assertThat(spans.toString()).doesNotContain("hush");
    List<Span> checks = named("POST /check");
    List<Span> scripts = named("EVALSHA batch");
    assertThat(checks).hasSize(4);
    assertThat(spans).as("nothing but checks").hasSize(7);

    Span first = checks.get(0);
    assertThat(hex(first.getTraceId().toByteArray())).isEqualTo(TRACE);
    assertThat(first.getKind()).isEqualTo(SpanKind.SPAN_KIND_SERVER);
    assertThat(attributes(first))
        .containsExactlyInAnyOrderEntriesOf(Map.of(
            "http.request.method", "POST",
            "http.route", "/check",
            "http.response.status_code", "200",
            "ratelab.policies", "p,q",
            "ratelab.allowed", "true"));
    assertThat(attributes(checks.get(1)))
        .containsEntry("ratelab.allowed", "false")
        .containsEntry("ratelab.denied_by", "q");
    assertThat(checks.get(1).getTraceId()).isNotEqualTo(first.getTraceId());
    assertThat(attributes(checks.get(2))).containsEntry("http.response.status_code", "422");
    assertThat(checks.get(2).getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_UNSET);

    assertThat(scripts).hasSize(2);
    assertThat(scripts.get(0).getParentSpanId()).isEqualTo(first.getSpanId());
    assertThat(scripts.get(0).getTraceId()).isEqualTo(first.getTraceId());
    assertThat(scripts.get(0).getKind()).isEqualTo(SpanKind.SPAN_KIND_CLIENT);
    assertThat(attributes(scripts.get(0)))
        .containsEntry("db.system.name", "redis")
        .containsEntry("db.operation.name", "EVALSHA");

    assertThat(attributes(checks.get(3)))
        .containsEntry("http.response.status_code", "503")
        .containsEntry("error.type", "503")
        .containsEntry("ratelab.decided_by", "fail-closed");
    Span failed = named("EVALSHA gcra").get(0);
    assertThat(failed.getParentSpanId()).isEqualTo(checks.get(3).getSpanId());
    assertThat(failed.getStatus().getCode()).isEqualTo(StatusCode.STATUS_CODE_ERROR);
  }

  @Test
  void aCollectorThatIsAwayHoldsNobodyUp() throws Exception {
    collector.stop(0);
    try (Telemetry telemetry = Telemetry.create(Traces.otlp());
        CheckServer server = RunningServers.serving(
            ScriptedLimiter.POLICIES,
            ScriptedLimiter.always(Decision.allow(10, 7, 0)),
            OPTIONS,
            telemetry);
        RawClient asker = new RawClient(server.port())) {
      for (int i = 0; i < 5_000; i++) {
        assertThat(asker.send(RawClient.check("a")).read().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void anEndpointWithoutMeaningIsBadUsage() {
    System.setProperty(ENDPOINT, "nonsense");

    assertThatIllegalArgumentException()
        .isThrownBy(Traces::otlp)
        .withMessageStartingWith("traces: ")
        .withMessageContaining("nonsense");
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
