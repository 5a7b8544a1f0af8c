package dev.ratelab.reports.page;

import dev.ratelab.reports.results.Results;
import java.io.IOException;

/** The whole page. */
public final class ReportPage {
  private ReportPage() {}

  /** A run as one self-contained HTML document. */
  public static String html(Results results) throws IOException {
    return """
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><title>Ratelab report</title></head>
        <body><h1>Ratelab report</h1>
        %s
        </body></html>
        """.formatted(Html.table(EveryMeasurement.table(results)));
  }
}
