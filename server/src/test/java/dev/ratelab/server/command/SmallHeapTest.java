package dev.ratelab.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.fixtures.ServerJvm;
import dev.ratelab.server.Exposition;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server with a small heap, and clients who would have it hold more than that. */
class SmallHeapTest {
  private static final int HEAP_MEBIBYTES = 64;
  private static final int ATTACKERS = 1_000;
  private static final int BATCH = 1_000;

  private final List<RawClient> attackers = new ArrayList<>();
  private final Random random = new Random(12);

  /** Each key counts for a day. 8,475 of 60 kB, or 406,000 UUIDs, were the end of one, the long ones with four times the heap. */
  @Test
  void aServerOf128MebibytesOutlivesAnyNumberOfKeys() throws Exception {
    try (ServerJvm server =
            ServerJvm.start(List.of("-Xmx128m", "-XX:+ExitOnOutOfMemoryError"), "--window", "1d");
        RawClient client = new RawClient(server.port())) {
      String letters = "k".repeat(60_000);
      for (int key = 0; key < 3_000; key++) {
        assertThat(client.send(RawClient.check(key + letters)).read().status()).isEqualTo(200);
      }
      for (int batch = 0; batch < 450; batch++) {
        Response response = client.send(batch()).read();
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body()).doesNotContain("\"allowed\":false");
      }

      assertThat(client.send(RawClient.check("honest")).read().body()).contains("\"remaining\":99");
      assertThat(client.send(RawClient.check("honest")).read().body()).contains("\"remaining\":98");
      Exposition metrics =
          Exposition.parse(client.send(RawClient.get("/metrics")).read().body());
      // A sixth of the heap at 64 bytes each.
      assertThat(metrics.value("ratelab_store_counters")).isBetween(320_000.0, 350_000.0);
      assertThat(metrics.value("ratelab_store_lost_live_counters_total")).isGreaterThan(90_000);
    }
  }

  private String batch() {
    String body = Stream.generate(() -> "{\"key\":\"%s\"}".formatted(uuid()))
        .limit(BATCH)
        .collect(Collectors.joining(",", "[", "]"));
    return RawClient.post(body, "").replaceFirst("/check", "/check/batch");
  }

  private UUID uuid() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  /** More half-sent requests, or answers that nobody reads, than the whole heap holds. */
  @ParameterizedTest
  @ValueSource(strings = {"bodies", "answers"})
  void othersAreServedMeanwhileAndAfterwards(String what) throws Exception {
    String body = "{\"key\":\"" + "k".repeat(64_000) + "\"}";
    byte[] half = what.equals("bodies")
        ? RawClient.post(body, "").substring(0, 63_000).getBytes(StandardCharsets.ISO_8859_1)
        : RawClient.get("/").repeat(200).getBytes(StandardCharsets.ISO_8859_1);
    try (ServerJvm server = ServerJvm.start(
            List.of("-Xmx" + HEAP_MEBIBYTES + "m", "-XX:+ExitOnOutOfMemoryError"),
            "--limit",
            "1000000",
            "--body-timeout",
            "1h",
            "--write-timeout",
            "1h");
        RawClient honest = new RawClient(server.port())) {
      for (int i = 0; i < ATTACKERS; i++) {
        attack(server.port(), half);
        if (i % 10 == 0) {
          assertServed(honest);
        }
      }
      assertServed(honest);
      for (RawClient attacker : attackers) {
        attacker.close();
      }
      assertServed(honest);
      try (RawClient late = new RawClient(server.port())) {
        assertServed(late);
      }
      Exposition metrics =
          Exposition.parse(honest.send(RawClient.get("/metrics")).read().body());
      assertThat(metrics.value("ratelab_http_connections_dropped_total{reason=\"memory\"}"))
          .isPositive();
      server.stop();
    }
  }

  private void attack(int port, byte[] half) throws IOException {
    RawClient attacker = new RawClient(port);
    attackers.add(attacker);
    try {
      attacker.send(half);
    } catch (IOException e) {
      // Asked to give way already.
    }
  }

  private static void assertServed(RawClient honest) throws IOException {
    assertThat(honest.send(RawClient.check("honest")).read().status()).isEqualTo(200);
  }
}
