package dev.ratelab.reports.page;

import dev.ratelab.reports.results.ConformVerdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What {@code conform} found out about one limiter. */
public final class VerdictPage {
  private VerdictPage() {}

  /**
   * The document, which needs no other file and no network.
   *
   * @param directory where the evidence of its findings is
   */
  public static String html(Path directory, ConformVerdict verdict) throws IOException {
    Figures figures = new Figures();
    TestedSystem system = new TestedSystem(verdict, "", verdict.promise().algorithm(), List.of());
    String section = new SystemSection(directory, figures).html(system, "");
    return PageFiles.filled(
        "conform.html",
        Map.of(
            "title",
            "Ratelab conform",
            "contents",
            "",
            "sections",
            section,
            "charts",
            figures.json()));
  }
}
