package dev.ratelab.reports.page;

import dev.ratelab.reports.results.Measurement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A table before it is HTML or Markdown. All text is plain: escaping is the renderer's.
 *
 * @param caption what the rows are, in a sentence
 */
record Table(String caption, List<Column> columns, List<List<Cell>> rows) {

  /** A table in the making: its columns, and the cell that each has for an item. An item is a row. */
  static final class Of<T> {
    private final List<Column> columns = new ArrayList<>();
    private final List<Function<T, Cell>> cells = new ArrayList<>();

    Of<T> text(String name, Function<T, String> text) {
      return cell(name, item -> Cell.of(text.apply(item)));
    }

    Of<T> number(String name, Function<T, String> text) {
      return numberCell(name, item -> Cell.of(text.apply(item)));
    }

    Of<T> measured(String name, Function<T, @Nullable Measurement> measurement) {
      return numberCell(name, item -> Cell.of(measurement.apply(item)));
    }

    Of<T> cell(String name, Function<T, Cell> cell) {
      return column(new Column("", name, false), cell);
    }

    Of<T> numberCell(String name, Function<T, Cell> cell) {
      return column(new Column("", name, true), cell);
    }

    Of<T> column(Column column, Function<T, Cell> cell) {
      columns.add(column);
      cells.add(cell);
      return this;
    }

    Table rows(String caption, Collection<T> items) {
      List<List<Cell>> rows = items.stream()
          .map(item -> cells.stream().map(cell -> cell.apply(item)).toList())
          .toList();
      return new Table(caption, List.copyOf(columns), rows);
    }
  }

  /**
   * A column.
   *
   * @param group a heading that neighbouring columns share, empty if there is none
   * @param number whether the cells are aligned as numbers
   */
  record Column(String group, String name, boolean number) {}

  /**
   * A cell.
   *
   * @param note more of the same in small print, such as an interval; empty if there is none
   * @param link a path relative to the results directory, a section of the page ({@code #id}), or null
   */
  record Cell(String text, String note, @Nullable String link) {
    static Cell of(String text) {
      return of(text, "");
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
      return path == null ? of("") : new Cell(path.substring(path.lastIndexOf('/') + 1), "", path);
    }
  }
}
