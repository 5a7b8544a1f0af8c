package dev.ratelab.reports.page;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The parts of the page that are files: template, style, script and the plotting library. */
final class PageFiles {
  private static final String ECHARTS = "org.webjars/echarts";

  private static final Pattern SLOT = Pattern.compile("\\{\\{(\\w+)}}");

  private PageFiles() {}

  /**
   * A template, filled: {@code {{name}}} is a slot. Style, plotting library and script are there without being given.
   *
   * @param given what stands in the slots, HTML
   */
  static String filled(String template, Map<String, String> given) throws IOException {
    Map<String, String> slots = new HashMap<>(given);
    slots.put("style", read("report.css"));
    slots.put("echarts", echarts());
    slots.put(
        "script",
        "const STYLES = {...%s, ...%s};\n%s"
            .formatted(read("algorithms.json"), read("designs.json"), read("report.js")));
    // One pass, so that a slot's name inside a value stays what it is.
    return SLOT.matcher(read(template))
        .replaceAll(slot -> Matcher.quoteReplacement(slots.get(slot.group(1))));
  }

  /** A file beside this class. */
  static String read(String name) throws IOException {
    try (InputStream in = open(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** The plotting library: the build with lines and bars, which is half the size of the full one. */
  private static String echarts() throws IOException {
    Properties pom = new Properties();
    try (InputStream in = open("/META-INF/maven/" + ECHARTS + "/pom.properties")) {
      pom.load(in);
    }
    return read("/META-INF/resources/webjars/echarts/%s/echarts.common.min.js"
        .formatted(pom.getProperty("version")));
  }

  private static InputStream open(String name) throws IOException {
    InputStream in = PageFiles.class.getResourceAsStream(name);
    if (in == null) {
      throw new IOException("not packaged with this program: " + name);
    }
    return in;
  }
}
