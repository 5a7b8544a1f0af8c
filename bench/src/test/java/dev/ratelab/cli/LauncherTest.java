package dev.ratelab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script that people run, in a source tree that needs no build and with a Java that only tells what it was asked. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
  @TempDir
  private Path directory;

  private Path home;
  private Path java;

  @BeforeEach
  void install() throws IOException {
    home = Files.createDirectories(directory.toRealPath().resolve("the home"));
    Files.copy(Path.of("..", "ratelab"), home.resolve("ratelab"));
    Files.createFile(Files.createDirectories(home.resolve("bench/target")).resolve("ratelab.jar"));
    java = Files.createDirectories(directory.resolve("java/bin"));
    Files.writeString(java.resolve("java"), """
        #!/bin/sh
        [ "$1" != -version ] || { echo 'openjdk version "17.0.1"' >&2; exit; }
        printf '%s\\n' "$@"
        """);
    for (Path script : new Path[] {home.resolve("ratelab"), java.resolve("java")}) {
      assertThat(script.toFile().setExecutable(true)).isTrue();
    }
  }

  @Test
  void runsByALinkToALinkInALinkedFolder() throws Exception {
    Path bin = Files.createDirectories(directory.resolve("bin"));
    Path more = Files.createDirectories(directory.resolve("more"));
    Files.createSymbolicLink(bin.resolve("one"), home.resolve("ratelab"));
    Files.createSymbolicLink(more.resolve("two"), Path.of("..", "bin", "one"));
    Files.createSymbolicLink(directory.resolve("linked"), Path.of("more"));

    for (Path command : new Path[] {
      home.resolve("ratelab"),
      bin.resolve("one"),
      more.resolve("two"),
      directory.resolve("linked").resolve("two")
    }) {
      assertRuns(command.toString());
    }
  }

  @Test
  void runsFromThePathAndFromItsOwnFolder() throws Exception {
    Files.createSymbolicLink(java.resolve("rl"), home.resolve("ratelab"));

    assertRuns("rl");
    assertRuns("./ratelab");
  }

  private void assertRuns(String command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", "\"$0\" 'a b'", command)
        .directory(home.toFile())
        .redirectErrorStream(true);
    builder.environment().remove("JAVA_HOME");
    builder.environment().merge("PATH", java + ":", (path, first) -> first + path);
    Process run = builder.start();
    String told = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(run.waitFor()).as(told).isZero();
    assertThat(told.lines())
        .as(command)
        .containsExactly(
            "-XX:+ExitOnOutOfMemoryError",
            "-jar",
            home.resolve("bench/target/ratelab.jar").toString(),
            "a b");
  }
}
