package dev.ratelab.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.fixtures.Pause;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.RunningServers;
import dev.ratelab.server.check.CheckServer;
import dev.ratelab.server.telemetry.Telemetry;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** GET /live/events: what the live page reads. */
class LiveEventsTest {
  // Never what ends a test: far longer than any of them takes.
  private static final ServerOptions OPTIONS =
      RunningServers.OPTIONS.withGrace(Duration.ofMinutes(10));
  private static final String WATCH = RawClient.get("/live/events");

  @RegisterExtension
  private final RunningServers servers = new RunningServers();

  private final Telemetry telemetry = servers.telemetry();
  private CheckServer server;

  @BeforeEach
  void start() throws IOException {
    PolicySet policies = PolicySet.of(
        List.of(
            ScopedPolicy.perKey(Policy.of("p", Algorithm.GCRA, Limit.of(3, Duration.ofHours(1))))),
        List.of("p"),
        Map.of("acme", Map.of("p", Limit.of(1, Duration.ofHours(1)))));
    MemoryRateLimiter limiter = RateLimiters.inMemory();
    telemetry.observe(limiter);
    server = servers.server(policies, limiter, OPTIONS);
  }

  private RawClient connect() throws IOException {
    return servers.connect(server.port());
  }

  private static JsonNode next(RawClient stream) throws IOException {
    String line = stream.line();
    while (!line.startsWith("data: ")) {
      line = stream.line();
    }
    assertThat(stream.line()).as("an event ends with an empty line").isEmpty();
    return JsonMapper.shared().readTree(line.substring("data: ".length()));
  }

  @Test
  void everyDecisionIsInOneOfTheSeconds() throws Exception {
    RawClient stream = connect();
    Response head = stream.send(WATCH).read();
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.headers())
        .containsEntry("content-type", "text/event-stream")
        .containsEntry("cache-control", "no-store")
        .doesNotContainKeys("content-length", "transfer-encoding");

    RawClient client = connect();
    for (int i = 0; i < 10; i++) {
      client.send(RawClient.check("hush-hush")).read();
    }
    client.send(RawClient.post("{}", "")).read();

    TreeMap<String, Long> sums = new TreeMap<>();
    JsonNode second;
    double slowest = 0;
    do {
      second = next(stream);
      assertThat(second.toString()).doesNotContain("hush");
      assertThat(second.get("seconds").doubleValue()).isPositive();
      second
          .get("checks")
          .properties()
          .forEach(check -> sums.merge(check.getKey(), check.getValue().longValue(), Long::sum));
      JsonNode latency = second.get("latency");
      if (!latency.isNull()) {
        assertThat(latency.get("p50").doubleValue())
            .isPositive()
            .isLessThanOrEqualTo(latency.get("p99").doubleValue());
        slowest = Math.max(slowest, latency.get("max").doubleValue());
      }
    } while (sums.getOrDefault("allowed", 0L) + sums.getOrDefault("denied", 0L) < 10
        || sums.getOrDefault("rejected", 0L) < 1);
    assertThat(sums)
        .containsEntry("allowed", 3L)
        .containsEntry("denied", 7L)
        .containsEntry("rejected", 1L)
        .containsEntry("failed_open", 0L)
        .containsEntry("failed_closed", 0L);
    assertThat(slowest).isPositive();
    assertThat(second.get("inFlight").longValue()).isZero();
    assertThat(second.get("redis").isNull()).isTrue();
    assertThat(second.get("counters").longValue()).isEqualTo(1);
    JsonNode top = second.get("topDenied");
    assertThat(top.size()).isEqualTo(1);
    assertThat(top.get(0).toString())
        .matches("\\{\"policy\":\"p\",\"kind\":\"key\",\"who\":\"[0-9a-f]{12}\",\"denied\":7}");
  }

  /** A tenant that the configuration names is the operator's word; any other is a client's. */
  @Test
  void onlyTenantsOfTheConfigurationAreShownByName() throws Exception {
    RawClient stream = connect();
    stream.send(WATCH).read();
    RawClient client = connect();
    for (String tenant : List.of("acme", "acme", "acme", "stranger")) {
      client
          .send(RawClient.post("{\"tenant\":\"%s\",\"key\":\"a\"}".formatted(tenant), ""))
          .read();
    }
    for (int i = 0; i < 3; i++) {
      client.send(RawClient.post("{\"tenant\":\"stranger\",\"key\":\"a\"}", "")).read();
    }

    JsonNode second;
    do {
      second = next(stream);
      assertThat(second.toString()).doesNotContain("stranger");
    } while (second.get("topDenied").size() < 2);
    assertThat(second.get("topDenied").get(0).toString())
        .contains("\"kind\":\"tenant\",\"who\":\"acme\"");
    assertThat(second.get("topDenied").get(1).toString())
        .containsPattern("\"kind\":\"tenant\",\"who\":\"[0-9a-f]{12}\"");
  }

  /** Answers before it keep their turn; requests after it are not charged. */
  @Test
  void theStreamComesInItsTurnAndIsTheLast() throws Exception {
    RawClient client = connect();

    client.send(RawClient.check("a") + WATCH + RawClient.check("a"));

    assertThat(client.read().body()).contains("\"remaining\":2,");
    assertThat(client.read().headers()).containsEntry("content-type", "text/event-stream");
    next(client);
    assertThat(connect().send(RawClient.check("a")).read().body()).contains("\"remaining\":1,");
  }

  /** None of them reads, which nobody sees for minutes: what is sent fits the buffers of both systems. */
  @Test
  void theOldestOfTooManyReadersGivesWay() throws Exception {
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < LiveFeed.MAX_READERS; i++) {
      clients.add(connect().send(WATCH));
      while (servers.metric("ratelab_live_readers") <= i) {
        Pause.brief();
      }
    }

    for (int i = 0; i < 2 * LiveFeed.MAX_READERS; i++) {
      clients.add(connect().send(WATCH));
      assertThat(clients.get(clients.size() - 1).read().status()).isEqualTo(200);
    }
    next(clients.get(clients.size() - 1));

    for (int i = 0; i < 2 * LiveFeed.MAX_READERS; i++) {
      RawClient early = clients.get(i);
      assertThatExceptionOfType(EOFException.class).isThrownBy(() -> {
        while (true) {
          early.line();
        }
      });
    }
    assertThat(servers.metric("ratelab_live_readers")).isEqualTo(LiveFeed.MAX_READERS);
    assertThat(servers.dropped("too_many")).isEqualTo(2 * LiveFeed.MAX_READERS);
  }

  /** By the write timeout: it is not the number of events that counts, which the system's buffers keep for minutes. */
  @Test
  void whoeverDoesNotReadIsDropped() {
    AtomicLong nanos = new AtomicLong();
    LiveFeed feed = new LiveFeed(telemetry, OPTIONS, nanos::get);
    EmbeddedChannel reading = new EmbeddedChannel();
    EmbeddedChannel slow = new EmbeddedChannel(new ChannelOutboundHandlerAdapter() {
      @Override
      public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        // Never sent.
        ReferenceCountUtil.release(message);
      }
    });
    assertThat(feed.join(reading)).isTrue();
    assertThat(feed.join(slow)).isTrue();
    // Only this test sends.
    telemetry.unwatch();

    feed.send("{}");
    slow.runPendingTasks();
    nanos.addAndGet(OPTIONS.limits().writeTimeout().toNanos() - 1);
    feed.send("{}");
    slow.runPendingTasks();
    reading.runPendingTasks();
    assertThat(slow.isOpen()).isTrue();
    nanos.incrementAndGet();
    feed.send("{}");
    slow.runPendingTasks();
    reading.runPendingTasks();

    assertThat(slow.isOpen()).isFalse();
    assertThat(reading.isOpen()).isTrue();
    assertThat(servers.dropped("slow_reader")).isEqualTo(1);
    ByteBuf event = reading.readOutbound();
    assertThat(event.toString(StandardCharsets.UTF_8)).isEqualTo("data: {}\n\n");
    feed.close();
    reading.runPendingTasks();
    assertThat(reading.isOpen()).isFalse();
    assertThat(feed.join(new EmbeddedChannel())).as("closed").isFalse();
  }

  @Test
  void aServerThatClosesDoesNotWaitForReaders() throws Exception {
    RawClient stream = connect();
    stream.send(WATCH).read();
    next(stream);

    server.close();

    try {
      while (true) {
        next(stream);
      }
    } catch (EOFException e) {
      assertThat(e).hasMessageContaining("the server closed");
    }
  }

  @Test
  void onlyGetIsTaken() throws Exception {
    Response response =
        connect().send(RawClient.request("POST", "/live/events", "", "")).read();

    assertThat(response.status()).isEqualTo(405);
    assertThat(response.headers()).containsEntry("allow", "GET");
  }
}
