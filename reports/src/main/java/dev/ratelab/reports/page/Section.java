package dev.ratelab.reports.page;

import java.util.List;
import java.util.stream.Stream;

/**
 * One question of the report and its answer: a page of its own on a screen. Figures without a plot and tables without a
 * row are left out.
 *
 * @param id its anchor in the page, small letters, digits and dashes
 * @param name what the navigation calls it, a word or two
 */
record Section(
    String id, String name, String title, String lead, List<Figure> figures, List<Table> tables) {

  Section {
    figures = figures.stream().filter(figure -> !figure.charts().isEmpty()).toList();
    tables = tables.stream().filter(table -> !table.rows().isEmpty()).toList();
  }

  /** Whether there is anything to show. */
  boolean measured() {
    return !figures.isEmpty() || !tables.isEmpty();
  }

  /** The same with more plots. */
  Section and(List<Figure> more) {
    List<Figure> all = Stream.concat(figures.stream(), more.stream()).toList();
    return new Section(id, name, title, lead, all, tables);
  }

  /**
   * Plots of one kind side by side.
   *
   * @param reading how to read them, in a sentence or two
   * @param wide whether each plot takes the whole width
   */
  record Figure(String title, String reading, boolean wide, List<? extends Chart> charts) {
    Figure(String title, String reading, List<? extends Chart> charts) {
      this(title, reading, false, charts);
    }
  }
}
