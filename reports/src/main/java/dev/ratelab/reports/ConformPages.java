package dev.ratelab.reports;

import dev.ratelab.reports.page.ScoreboardPage;
import dev.ratelab.reports.page.VerdictPage;
import dev.ratelab.reports.results.ConformVerdict;
import dev.ratelab.reports.results.Scoreboard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Turns what {@code conform} and {@code scoreboard} wrote into pages. */
public final class ConformPages {
  /** The page of one limiter. */
  public static final String VERDICT = "conform.html";

  /** The page of many. */
  public static final String SCOREBOARD = "scoreboard.html";

  /** The same in short. */
  public static final String MARKDOWN = "scoreboard.md";

  private ConformPages() {}

  /**
   * Writes {@value #VERDICT}, replacing an older one.
   *
   * @param raw the verdict's file, relative to the directory
   * @return the page's path
   * @throws dev.ratelab.reports.results.ResultsException if the verdict is malformed; the message is for people
   * @throws IOException if a file cannot be read or written
   */
  public static Path verdict(Path directory, String raw) throws IOException {
    return Files.writeString(
        directory.resolve(VERDICT),
        VerdictPage.html(directory, ConformVerdict.read(directory, raw)));
  }

  /**
   * Writes {@value #SCOREBOARD} and {@value #MARKDOWN}, replacing older ones.
   *
   * @return the path of {@value #SCOREBOARD}
   * @throws dev.ratelab.reports.results.ResultsException if what the directory holds is malformed; the message is for people
   * @throws IOException if a file cannot be read or written
   */
  public static Path scoreboard(Path directory) throws IOException {
    ScoreboardPage page = new ScoreboardPage(directory, Scoreboard.read(directory));
    Files.writeString(directory.resolve(MARKDOWN), page.markdown());
    return Files.writeString(directory.resolve(SCOREBOARD), page.html());
  }
}
