package dev.ratelab.reports.page;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page of Markdown whose numbers are links to table rows: {@code [1.99](summary.md#a-heading "gcra | memory")}. The title is the row's first cells.
 */
final class LinkedRows {
  private static final Pattern LINK =
      Pattern.compile("\\[([^\\]]*)]\\(([^)\\s#]*)(?:#([^)\\s]*))?(?: \"([^\"]*)\")?\\)");
  private static final Pattern CODE = Pattern.compile("`([^`]*)`");
  private static final Pattern NUMBER = Pattern.compile(
      "(?<!\\p{L})\\d|\\b(?:two|three|four|five|six|seven"
          + "|eight|nine|ten|twice|half|third|quarter|dozen|hundred|thousand|million|billion)s?\\b");
  private static final Pattern INTERVAL = Pattern.compile("\\[[^\\]]* … [^\\]]*]");
  private static final String LINKED = "\0";

  private final Path page;
  private final Set<String> allowed;
  private final List<String> faults = new ArrayList<>();
  private final Map<Path, Map<String, List<List<String>>>> files = new HashMap<>();

  private LinkedRows(Path page, Set<String> allowed) {
    this.page = page;
    this.allowed = allowed;
  }

  /** What is wrong with a page's text, nothing if all is right. {@code allowed}: what may have a number without a link. */
  static List<String> faults(Path page, String text, Set<String> allowed) throws IOException {
    LinkedRows rows = new LinkedRows(page, allowed);
    Matcher link = LINK.matcher(text);
    while (link.find()) {
      rows.look(link.group(1), link.group(2), link.group(3), link.group(4));
    }
    for (String block : text.split("\n(?=\\s*(?:[-#|]|\n|$))", 0)) {
      rows.read(block.strip());
    }
    return rows.faults;
  }

  private void look(String text, String file, String heading, String title) throws IOException {
    Path target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
    if (file.contains("://")) {
      return;
    }
    String name = file + (heading == null ? "" : "#" + heading);
    if (!Files.exists(target)) {
      faults.add(name + ": no such file");
    } else if (heading != null && !sections(target).containsKey(heading)) {
      faults.add(name + ": no such heading");
    } else if (title != null) {
      List<String> first = cells(title);
      List<List<String>> found = sections(target).getOrDefault(heading, List.of()).stream()
          .filter(
              row -> row.size() > first.size() && row.subList(0, first.size()).equals(first))
          .toList();
      // Tables of one section may have the same rows with other columns.
      List<List<String>> holding = found.stream()
          .filter(row -> holds(row.subList(first.size(), row.size()), text))
          .toList();
      if (found.isEmpty() || holding.size() > 1) {
        faults.add("%s: %s rows begin with '%s'".formatted(name, found.size(), title));
      } else if (holding.isEmpty()) {
        faults.add("%s: '%s' is not in the row %s".formatted(name, text, found.get(0)));
      }
    }
  }

  /** As a whole number or word, and not as an end of an interval: 9 is not in 199. */
  private static boolean holds(List<String> cells, String text) {
    Pattern whole = Pattern.compile(
        "(?<![\\w.,])" + Pattern.quote(plain(text)) + "(?![.,]?\\w)",
        Pattern.UNICODE_CHARACTER_CLASS);
    return cells.stream()
        .map(cell -> INTERVAL.matcher(cell).replaceAll(""))
        .anyMatch(cell -> whole.matcher(cell).find());
  }

  /** A heading, a list's item, a table's row or a paragraph. */
  private void read(String block) {
    String rest = LINK.matcher(block)
        .replaceAll(link ->
            Matcher.quoteReplacement(LINKED + (link.group(4) == null ? link.group(1) : "")));
    for (String one : allowed) {
      rest = rest.replace(one, "");
    }
    String prose = CODE.matcher(rest).replaceAll("code $1");
    if (NUMBER.matcher(prose).find()) {
      faults.add("a number without a link: " + block);
    }
    if (block.startsWith("- ")) {
      for (String sentence : prose.split("(?<=[.?!])\\s+", 0)) {
        if (!sentence.contains(LINKED)) {
          faults.add("a sentence without a link: " + sentence.replaceAll("\\s+", " "));
        }
      }
    }
  }

  /** The rows of the tables directly under each heading. */
  private Map<String, List<List<String>>> sections(Path file) throws IOException {
    Map<String, List<List<String>>> known = files.get(file);
    if (known != null) {
      return known;
    }
    Map<String, List<List<String>>> sections = new HashMap<>();
    List<List<String>> rows = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      if (line.matches("#{1,6} .*")) {
        rows = sections.computeIfAbsent(anchor(line), heading -> new ArrayList<>());
      } else if (line.startsWith("|")) {
        rows.add(cells(line.substring(1)));
      }
    }
    files.put(file, sections);
    return sections;
  }

  /** As GitHub makes it. */
  private static String anchor(String heading) {
    return heading
        .replaceFirst("#+ ", "")
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N}_ -]", "")
        .replace(' ', '-');
  }

  private static List<String> cells(String row) {
    return Arrays.stream(row.split("(?<!\\\\)\\|")).map(LinkedRows::plain).toList();
  }

  private static String plain(String text) {
    return text.replaceAll("[`\\\\]", "").strip();
  }
}
