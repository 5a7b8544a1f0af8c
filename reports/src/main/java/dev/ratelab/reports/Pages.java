package dev.ratelab.reports;

import dev.ratelab.reports.page.ReportPage;
import dev.ratelab.reports.results.Results;
import dev.ratelab.reports.results.ResultsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Turns a results directory into its pages. */
public final class Pages {
  /** The page: one file that needs no other and no network. */
  public static final String HTML = "report.html";

  private Pages() {}

  /**
   * Writes {@value #HTML} into a results directory, replacing an older one. Raw files that are
   * missing or broken cost their plot, not the page: it says so among its warnings.
   *
   * @return the page
   * @throws dev.ratelab.reports.results.ResultsException if the directory holds no results that can
   *     be read; the message is for people
   * @throws IOException if a file cannot be read or written
   */
  public static Path write(Path resultsDirectory) throws IOException {
    Results results = ResultsReader.read(resultsDirectory);
    Path html = resultsDirectory.resolve(HTML);
    Files.writeString(html, ReportPage.html(results));
    return html;
  }
}
