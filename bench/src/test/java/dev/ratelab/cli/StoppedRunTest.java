package dev.ratelab.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.ratelab.bench.Environment;
import dev.ratelab.bench.TestRuns;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Results;
import dev.ratelab.reports.results.ResultsReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A run that is stopped keeps what it had measured. Needs a JVM of its own to send the signal to. */
@DisabledOnOs(OS.WINDOWS)
class StoppedRunTest {
  @TempDir
  private Path directory;

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void leavesWhatWasMeasuredAndItsPages(String signal, int exit) throws Exception {
    assumeFalse(
        signal.equals("INT") && ignoresInt(), "this build was started so that it ignores SIGINT");
    Path results = directory.resolve("run");
    Path log = directory.resolve("log");
    List<String> command = Environment.java(Ratelab.class);
    command.addAll(List.of("compare", "--out", results.toString()));
    Process run = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
    try {
      while (run.isAlive() && !hasMeasured(results)) {
        Thread.onSpinWait();
      }
      assertThat(run.isAlive()).as(text(log)).isTrue();
      new ProcessBuilder("kill", "-" + signal, Long.toString(run.pid())).start().waitFor();

      assertThat(run.waitFor()).as(text(log)).isEqualTo(exit);
    } finally {
      run.destroyForcibly();
    }
    Results read = ResultsReader.read(results);
    assertThat(read.measurements()).isNotEmpty();
    assertThat(read.measurements().stream().map(Measurement::experiment).distinct())
        .as("far from all")
        .hasSizeLessThan(5);
    assertThat(TestRuns.warning(read, "stopped")).startsWith("stopped before its end");
    assertThat(Files.readString(results.resolve("report.html"))).contains("stopped before its end");
    assertThat(text(log)).contains("Stopped. What was measured is kept.", "Report: file:");
  }

  /** A shell's background jobs do, and their children inherit it. Bit 1 is signal 2. */
  private static boolean ignoresInt() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return false;
    }
    String ignored = Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("SigIgn:"))
        .findFirst()
        .orElse("SigIgn:0")
        .substring("SigIgn:".length());
    return (Long.parseUnsignedLong(ignored.strip(), 16) & 2) != 0;
  }

  private static boolean hasMeasured(Path results) throws IOException {
    return Files.exists(results.resolve("results.json"))
        && !ResultsReader.read(results).measurements().isEmpty();
  }

  private static String text(Path log) throws IOException {
    return Files.readString(log, StandardCharsets.UTF_8);
  }
}
