package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/** Plain text and values as HTML. Whatever comes from a results file goes through here. */
final class Html {
  private static final JsonMapper JSON = JsonMapper.shared();

  private static final int LONGEST_OPEN = 12;

  private Html() {}

  /** Text that is safe as content and inside a quoted attribute. */
  static String text(String plain) {
    return plain
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** JSON that is safe inside a script element: no {@code <}, so neither an end tag nor a comment. */
  static String json(Object value) {
    return JSON.writeValueAsString(value)
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026");
  }

  /** A table with a caption, headers tied to their columns and rows, in a box that scrolls; nothing of one without rows. */
  static String table(Table table) {
    return table.rows().isEmpty()
        ? ""
        : """
        <div class="scroll" tabindex="0" role="region" aria-label="%s"><table>
        <caption><span>%s</span></caption>
        <thead>%s</thead>
        <tbody>
        %s
        </tbody>
        </table></div>
        """.formatted(
                text(table.caption()),
                text(table.caption()),
                head(table.columns()),
                table.rows().stream()
                    .map(row -> row(table.columns(), row))
                    .collect(Collectors.joining("\n")));
  }

  /** The same, folded away where it is too long to be taken in at a glance. */
  static String folded(Table table) {
    return table.rows().size() <= LONGEST_OPEN
        ? table(table)
        : "<details class=\"rows\"><summary>%s (%s rows)</summary>\n%s</details>\n"
            .formatted(text(table.caption()), table.rows().size(), table(table));
  }

  private static String head(List<Column> columns) {
    boolean grouped = columns.stream().anyMatch(column -> !column.group().isEmpty());
    StringBuilder first = new StringBuilder();
    StringBuilder second = new StringBuilder();
    for (int i = 0; i < columns.size(); ) {
      Column column = columns.get(i);
      if (column.group().isEmpty()) {
        first.append("<th scope=\"col\"%s%s>%s</th>"
            .formatted(
                grouped ? " rowspan=\"2\"" : "", columnClass(columns, i), text(column.name())));
        i++;
        continue;
      }
      int end = i;
      while (end < columns.size() && columns.get(end).group().equals(column.group())) {
        second.append("<th scope=\"col\"%s>%s</th>"
            .formatted(columnClass(columns, end), text(columns.get(end).name())));
        end++;
      }
      first.append("<th scope=\"colgroup\" class=\"group first\" colspan=\"%s\">%s</th>"
          .formatted(end - i, text(column.group())));
      i = end;
    }
    return "<tr>" + first + "</tr>" + (grouped ? "<tr>" + second + "</tr>" : "");
  }

  private static String row(List<Column> columns, List<Cell> cells) {
    StringBuilder row = new StringBuilder("<tr>");
    for (int i = 0; i < cells.size(); i++) {
      String tag = i == 0 ? "th scope=\"row\"" : "td";
      row.append("<%s%s>%s</%s>"
          .formatted(tag, columnClass(columns, i), content(cells.get(i)), i == 0 ? "th" : "td"));
    }
    return row.append("</tr>").toString();
  }

  private static String content(Cell cell) {
    String text = text(cell.text());
    String linked =
        cell.link() == null ? text : "<a href=\"" + text(cell.link()) + "\">" + text + "</a>";
    return cell.note().isEmpty()
        ? linked
        : linked + " <span class=\"note\">" + text(cell.note()) + "</span>";
  }

  /** A column's class; one that begins a group is marked, so that groups are told apart at a glance. */
  private static String columnClass(List<Column> columns, int index) {
    String group = columns.get(index).group();
    boolean first =
        index > 0 && !group.isEmpty() && !group.equals(columns.get(index - 1).group());
    String names = (columns.get(index).number() ? "number" : "") + (first ? " first" : "");
    return names.isEmpty() ? "" : " class=\"" + names.strip() + "\"";
  }
}
