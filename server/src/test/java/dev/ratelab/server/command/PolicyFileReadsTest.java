package dev.ratelab.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.server.command.ServeCommandTest.Running;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyFileReadsTest {
  @TempDir
  private Path directory;

  /** The thread that looks for changes reads it again and again; the one that starts the server does once. */
  @Test
  void startingReadsThePolicyFileOnce() throws Exception {
    Path file = Files.writeString(
        directory.resolve("p.yaml"), "policies:\n  p: {limit: 5, window: 10s, backend: memory}\n");
    Path recorded = directory.resolve("reads.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("jdk.FileRead").withThreshold(Duration.ZERO);
      recording.start();
      try (Running server = Running.start("--redis none --config %s", file)) {
        assertThat(server.check("a", 1).status()).isEqualTo(200);
      }
      recording.stop();
      recording.dump(recorded);
    }

    long bytes = RecordingFile.readAllEvents(recorded).stream()
        .filter(event -> file.toString().equals(event.getString("path")))
        .filter(event ->
            !String.valueOf(event.getThread().getJavaName()).startsWith("ratelab-policies"))
        .mapToLong(event -> Math.max(0, event.getLong("bytesRead")))
        .sum();
    assertThat(bytes).isEqualTo(Files.size(file));
  }
}
