package dev.ratelab.reports.page;

import java.util.List;

/**
 * One question of the report and its answer.
 *
 * @param id its anchor in the page
 * @param lead what was measured, or why there is nothing
 */
record Section(String id, String title, String lead, List<Figure> figures, List<Table> tables) {

  Section {
    figures = List.copyOf(figures);
    tables = List.copyOf(tables);
  }

  /** A section about something that this run has not measured. */
  static Section absent(String id, String title) {
    return new Section(
        id,
        title,
        "Not measured in this run: it was stopped before, was not asked for this, or had no Redis.",
        List.of(),
        List.of());
  }

  /**
   * Plots of one kind side by side.
   *
   * @param reading how to read them, in a sentence or two
   * @param wide whether each plot takes the whole width
   */
  record Figure(String title, String reading, boolean wide, List<Chart> charts) {
    Figure {
      charts = List.copyOf(charts);
    }
  }
}
