package dev.ratelab.reports;

import dev.ratelab.reports.page.HtmlPage;
import dev.ratelab.reports.page.MarkdownPage;
import dev.ratelab.reports.page.Report;
import dev.ratelab.reports.results.ResultsReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** Turns a results directory into its pages. */
public final class Pages {
  /** The page: one file that needs no other and no network. */
  public static final String HTML = "report.html";

  /** The same in short, for a terminal or a pull request. */
  public static final String MARKDOWN = "summary.md";

  private Pages() {}

  /** Where a page can be opened. */
  public static URI address(Path page) {
    return page.toAbsolutePath().normalize().toUri();
  }

  /**
   * Writes {@value #HTML} and {@value #MARKDOWN} into a results directory, replacing older ones. Raw
   * files that are missing or broken cost their curve, not the page: it says so among its warnings.
   *
   * @return the path of {@value #HTML}
   * @throws dev.ratelab.reports.results.ResultsException if the directory holds no results that can
   *     be read; the message is for people
   * @throws IOException if a file cannot be read or written
   */
  public static Path write(Path resultsDirectory) throws IOException {
    Report report = Report.of(resultsDirectory, ResultsReader.read(resultsDirectory));
    Files.writeString(resultsDirectory.resolve(MARKDOWN), MarkdownPage.of(report));
    return Files.writeString(resultsDirectory.resolve(HTML), HtmlPage.of(report));
  }
}
