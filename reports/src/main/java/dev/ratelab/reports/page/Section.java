package dev.ratelab.reports.page;

import java.util.List;

/**
 * One question of the report and its answer: a page of its own on a screen.
 *
 * @param id its anchor in the page, small letters, digits and dashes
 * @param name what the navigation calls it, a word or two
 * @param title the question
 * @param lead what was measured, or why there is nothing
 */
record Section(
    String id, String name, String title, String lead, List<Figure> figures, List<Table> tables) {

  Section {
    figures = List.copyOf(figures);
    tables = List.copyOf(tables);
  }

  /** A section about something that this run has not measured. */
  static Section absent(String id, String name, String title) {
    return new Section(id, name, title, "Not measured in this run.", List.of(), List.of());
  }

  /** Whether there is anything to show. */
  boolean measured() {
    return !figures.isEmpty() || !tables.isEmpty();
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
