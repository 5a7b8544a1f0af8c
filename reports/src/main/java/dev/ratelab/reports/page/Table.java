package dev.ratelab.reports.page;

import dev.ratelab.reports.results.Measurement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table before it is HTML or Markdown. All text is plain: escaping is the renderer's.
 *
 * @param caption what the rows are, in a sentence
 * @param columns at least one
 * @param rows each with one cell for each column
 */
record Table(String caption, List<Column> columns, List<List<Cell>> rows) {

  Table {
    columns = List.copyOf(columns);
    List<List<Cell>> copy = new ArrayList<>();
    for (List<Cell> row : rows) {
      if (row.size() != columns.size()) {
        throw new IllegalArgumentException(
            "%s cells for %s columns: %s".formatted(row.size(), columns.size(), row));
      }
      copy.add(List.copyOf(row));
    }
    rows = List.copyOf(copy);
  }

  /**
   * A column.
   *
   * @param group a heading that neighbouring columns share, empty if there is none
   * @param name the column's own heading
   * @param number whether the cells are aligned as numbers
   */
  record Column(String group, String name, boolean number) {
    static Column text(String name) {
      return new Column("", name, false);
    }

    static Column number(String name) {
      return new Column("", name, true);
    }
  }

  /**
   * A cell.
   *
   * @param text what it says
   * @param note more of the same in small print, such as an interval; empty if there is none
   * @param link a path relative to the results directory, a section of the page ({@code #id}), or null
   */
  record Cell(String text, String note, @Nullable String link) {
    static final Cell EMPTY = of("");

    static Cell of(String text) {
      return new Cell(text, "", null);
    }

    /** A measurement with its interval, or a dash where there is none. */
    static Cell of(@Nullable Measurement m) {
      return m == null ? of("–") : of(Numbers.value(m), Numbers.interval(m));
    }

    static Cell of(String text, String note) {
      return new Cell(text, note, null);
    }

    /** The same, leading to a section of the page. */
    Cell to(String section) {
      return new Cell(text, note, "#" + section);
    }

    static Cell link(@Nullable String path) {
      return path == null ? EMPTY : new Cell(path.substring(path.lastIndexOf('/') + 1), "", path);
    }
  }
}
