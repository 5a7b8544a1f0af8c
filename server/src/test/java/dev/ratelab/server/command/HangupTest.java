package dev.ratelab.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.fixtures.ServerJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

class HangupTest {

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aServerGoesOnAfterSighup() throws Exception {
    List<String> said = new ArrayList<>();
    try (ServerJvm server = ServerJvm.start(List.of(), "--log-format", "json")) {
      String[] command = {"kill", "-HUP", Long.toString(server.process().pid())};
      assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();

      // By SIGTERM: a server that SIGHUP ends has another exit code, however late it takes notice.
      server.stop();
      for (String line = server.line(); line != null; line = server.line()) {
        said.add(line);
      }
    }
    if (!ignored()) {
      assertThat(said).anyMatch(line -> line.contains("\"hangup\""));
    }
  }

  /** Whether those who started us have SIGHUP ignored, as nohup does, or that is not known here: then a server is not told of it. */
  private static boolean ignored() throws IOException {
    Path status = Path.of("/proc/self/status");
    return !Files.exists(status)
        || Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .anyMatch(
                line -> (Long.parseUnsignedLong(line.replaceFirst(".*\\s", ""), 16) & 1) == 1);
  }
}
