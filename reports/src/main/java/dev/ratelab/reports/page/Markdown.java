package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Table.Cell;
import java.util.List;
import java.util.stream.Collectors;

/** Plain text and tables as GitHub's Markdown. */
public final class Markdown {
  private Markdown() {}

  /** Text in which nothing is markup, on one line. */
  public static String text(String plain) {
    return plain.replaceAll("\\R", " ").replaceAll("([\\\\`*_{}\\[\\]<>#|~&])", "\\\\$1");
  }

  /** A table under its caption; nothing of one without rows. */
  static String table(Table table) {
    if (table.rows().isEmpty()) {
      return "";
    }
    StringBuilder markdown = new StringBuilder(text(table.caption())).append(":\n\n");
    markdown.append(row(table.columns().stream()
        .map(column ->
            text(column.group().isEmpty() ? column.name() : column.group() + ", " + column.name()))
        .toList()));
    markdown.append(row(
        table.columns().stream().map(column -> column.number() ? "--:" : "---").toList()));
    table
        .rows()
        .forEach(row -> markdown.append(row(row.stream().map(Markdown::cell).toList())));
    return markdown.append('\n').toString();
  }

  /** A row of cells that are Markdown already. */
  public static String row(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  private static String cell(Cell cell) {
    String note = cell.note();
    return text(
        note.isEmpty()
            ? cell.text()
            : cell.text() + " " + (note.startsWith("[") ? note : "(" + note + ")"));
  }
}
