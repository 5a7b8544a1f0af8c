package dev.ratelab.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.fixtures.ServerJvm;
import dev.ratelab.server.Exposition;
import dev.ratelab.server.RawClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** More half-sent requests, or answers that nobody reads, than the whole heap holds. */
class HalfSentTest {
  private static final int HEAP_MEBIBYTES = 64;
  private static final int ATTACKERS = 1_000;

  private final List<RawClient> attackers = new ArrayList<>();

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
