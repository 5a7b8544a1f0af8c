package dev.ratelab.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

class HangupTest {

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aServerGoesOnAfterSighup() throws Exception {
    try (ServerJvm server = ServerJvm.start(List.of(), "--log-format", "json")) {
      String[] command = {"kill", "-HUP", Long.toString(server.pid())};
      assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();

      String line = server.line();
      while (!line.contains("hangup")) {
        assertThat(line).as("a server that has ended says nothing").isNotEqualTo("null");
        line = server.line();
      }
      try (RawClient client = new RawClient(server.port())) {
        assertThat(client.send(RawClient.check("a")).read().status()).isEqualTo(200);
      }
    }
  }
}
