package dev.ratelab.reports;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What stands in a page's text. */
public final class PageText {
  private PageText() {}

  /** What the pattern's first group took, each time that it matched; dots match line ends. */
  public static List<String> found(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
    return matcher.results().map(match -> match.group(1)).toList();
  }

  public static int count(String text, String part) {
    return (text.length() - text.replace(part, "").length()) / part.length();
  }

  public static String section(String page, String id) {
    int start = page.indexOf("<section id=\"" + id + "\"");
    assertThat(start).isNotNegative();
    return page.substring(start, page.indexOf("</section>", start));
  }

  /** The rows of all tables, cell by cell. */
  public static List<List<String>> rows(String section) {
    return found(section, "<tbody>(.*?)</tbody>").stream()
        .flatMap(body -> found(body, "<tr>(.*?)</tr>").stream())
        .map(row -> found(row, "<t[hd][^>]*>(.*?)</t[hd]>").stream()
            .map(cell -> cell.replaceAll("<[^>]*>", ""))
            .toList())
        .toList();
  }

  /** The data of the plots. */
  public static JsonNode charts(String page) {
    return JsonMapper.shared()
        .readTree(found(page, "<script type=\"application/json\" id=\"charts\">(.*?)</script>")
            .get(0));
  }
}
