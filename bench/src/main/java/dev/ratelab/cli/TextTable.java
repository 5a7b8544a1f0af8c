package dev.ratelab.cli;

import java.io.PrintWriter;
import java.util.List;

/** Columns of text, the first one to the left and the others to the right. */
final class TextTable {
  private TextTable() {}

  /** Prints columns of as many cells each, the head first. */
  static void print(PrintWriter out, List<List<String>> columns) {
    for (int line = 0; line < columns.get(0).size(); line++) {
      StringBuilder text = new StringBuilder();
      for (List<String> column : columns) {
        int width = column.stream().mapToInt(String::length).max().orElse(0);
        String gap = " ".repeat(width - column.get(line).length());
        text.append(text.isEmpty() ? column.get(line) + gap : "  " + gap + column.get(line));
      }
      out.println(text);
    }
  }
}
