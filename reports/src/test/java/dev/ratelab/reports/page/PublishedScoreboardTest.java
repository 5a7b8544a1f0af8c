package dev.ratelab.reports.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.reports.results.Scoreboard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The scoreboard that is shipped is whole, small, and made from the verdicts beside it. */
class PublishedScoreboardTest {
  private static final Path PUBLISHED = Path.of("published", "scoreboard-2026-11-29");
  private static final long MOST_BYTES = 8_000_000;

  @Test
  void itsTableIsThatOfItsVerdicts() throws IOException {
    Scoreboard scoreboard = Scoreboard.read(PUBLISHED);

    assertThat(Files.readString(PUBLISHED.resolve("scoreboard.md")))
        .isEqualTo(new ScoreboardPage(PUBLISHED, scoreboard).markdown());
    assertThat(scoreboard.systems())
        .hasSizeGreaterThanOrEqualTo(25)
        .filteredOn(entry -> entry.state() == Scoreboard.State.TESTED)
        .hasSizeGreaterThanOrEqualTo(18);
  }

  @Test
  void itIsSmall() throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(PUBLISHED)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
    }

    assertThat(bytes).isLessThan(MOST_BYTES);
  }
}
