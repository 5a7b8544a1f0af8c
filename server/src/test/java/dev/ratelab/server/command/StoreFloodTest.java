package dev.ratelab.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.fixtures.ServerJvm;
import dev.ratelab.server.Exposition;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A server with a small heap, and clients whose every request has a new key that counts for a day. */
class StoreFloodTest {
  private static final int BATCH = 1_000;

  private final Random random = new Random(12);

  /** 8,475 keys of 60 kB, or 406,000 UUIDs, were the end of one, the long ones with four times the heap. */
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
}
