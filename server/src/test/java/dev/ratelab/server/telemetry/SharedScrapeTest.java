package dev.ratelab.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Metrics that cannot be written. */
class SharedScrapeTest {
  @Test
  void whoAskedIsAnsweredAndTheLogTellsWhateverBroke() {
    try (Logged log = new Logged(SharedScrape.class)) {
      List<Supplier<String>> broken = List.of(
          () -> {
            throw new IllegalStateException("planted");
          },
          () -> {
            throw new LinkageError("planted");
          });
      for (Supplier<String> each : broken) {
        assertThat(new SharedScrape(Runnable::run, each).ask()).isCompletedExceptionally();
      }
      assertThat(log.warnings()).hasSize(2).containsOnly("the metrics could not be written");
    }
  }
}
