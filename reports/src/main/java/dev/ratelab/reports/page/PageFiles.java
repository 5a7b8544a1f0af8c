package dev.ratelab.reports.page;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/** The parts of the page that are files: template, style, script and the plotting library. */
final class PageFiles {
  private static final String ECHARTS = "org.webjars/echarts";

  private PageFiles() {}

  /** A file beside this class. */
  static String read(String name) throws IOException {
    try (InputStream in = open(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** The plotting library: the build with lines and bars, which is half the size of the full one. */
  static String echarts() throws IOException {
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
