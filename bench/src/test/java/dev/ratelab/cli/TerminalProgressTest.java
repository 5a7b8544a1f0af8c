package dev.ratelab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TerminalProgressTest {
  private final AtomicLong nanos = new AtomicLong();
  private final StringWriter told = new StringWriter();

  private TerminalProgress progress(boolean terminal) {
    return new TerminalProgress(
        new PrintWriter(told), terminal, Duration.ofSeconds(100), nanos::get);
  }

  private void pass(long seconds) {
    nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }

  /** A log of a run of many minutes says how far it is, and is not filled with thousands of steps. */
  @Test
  void elsewhereAStepIsToldOnceInFifteenSeconds() {
    TerminalProgress progress = progress(false);
    progress.begin("verification", Duration.ofSeconds(100));
    progress.step("Bound", 0);
    pass(14);
    progress.step("Tightness", 0.1);
    pass(1);
    progress.step("Isolation", 0.25);
    pass(14);
    progress.step("Memory", 0.3);
    pass(70);
    progress.step("All or none", 0.75);
    progress.pause();

    assertThat(told.toString().lines())
        .containsExactly(
            "[0:00, about 1:40 left] verification",
            "[0:15, about 1:15 left] verification: Isolation",
            "[1:39, about 0:25 left] verification: All or none");
  }

  @Test
  void onATerminalEachStepTakesTheLineOfTheLast() {
    TerminalProgress progress = progress(true);
    progress.begin("verification", Duration.ofSeconds(100));
    progress.step("Bound", 0);
    progress.step("Tightness", 0.5);
    progress.pause();

    assertThat(told)
        .hasToString("\r\033[K[0:00, about 1:40 left] verification: Bound"
            + "\r\033[K[0:00, about 0:50 left] verification: Tightness\r\033[K");
  }
}
