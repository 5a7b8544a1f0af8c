package dev.ratelab.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** A table for a terminal, the first column to the left and the others to the right. */
final class TextTable<T> {
  static final String MISSING = "-";

  private final List<T> rows;
  private final List<List<String>> columns = new ArrayList<>();

  /** A row for each that differs from all others, called by its name. */
  TextTable(String head, Stream<T> rows, Function<T, String> name) {
    this.rows = rows.distinct().toList();
    add(head, this.rows.stream().map(name).toList());
  }

  /** Adds a column in which at least one row has a cell that is not {@link #MISSING}. */
  void column(String head, Function<T, String> cell) {
    List<String> cells = rows.stream().map(cell).toList();
    if (cells.stream().anyMatch(text -> !text.equals(MISSING))) {
      add(head, cells);
    }
  }

  /** Prints nothing if no column has been added. */
  void print(PrintWriter out) {
    for (int line = 0; line <= rows.size() && columns.size() > 1; line++) {
      StringBuilder text = new StringBuilder();
      for (List<String> column : columns) {
        int width = column.stream().mapToInt(String::length).max().orElse(0);
        String gap = " ".repeat(width - column.get(line).length());
        text.append(text.isEmpty() ? column.get(line) + gap : "  " + gap + column.get(line));
      }
      out.println(text);
    }
  }

  private void add(String head, List<String> cells) {
    columns.add(Stream.concat(Stream.of(head), cells.stream()).toList());
  }
}
