package dev.ratelab.reports.page;

import static dev.ratelab.reports.PageText.found;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The colours of the plots, read out of the page's own style and script. */
class PaletteTest {
  private static final Pattern STYLE = Pattern.compile(
      "\"([a-z-]+)\": .*\"color\": \"(#[0-9A-F]{6})\", \"dash\": (\\[[0-9, ]*]), \"symbol\": \"([a-z]+)\"");

  /** How those see who lack red or green cones: Machado, Oliveira and Fernandes 2009, at full severity. */
  private static final List<double[][]> EYES = List.of(
      new double[][] {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
      new double[][] {
        {0.152286, 1.052583, -0.204868},
        {0.114503, 0.786281, 0.099216},
        {-0.003882, -0.048116, 1.051998}
      },
      new double[][] {
        {0.367322, 0.860646, -0.227968},
        {0.280085, 0.672501, 0.047413},
        {-0.011820, 0.042940, 0.968881}
      });

  /** Two colours at least this far apart in CIELAB are told apart side by side. */
  private static final double LEAST_DISTANCE = 12;

  private static final double LEAST_CONTRAST = 3;

  private static final List<String> STYLES = List.of("algorithms.json", "designs.json");

  private record Style(String name, String color, String dash, String symbol) {}

  @Test
  void everyColourIsSeenOnBothBackgrounds() throws IOException {
    List<String> papers = found(PageFiles.read("report.css"), "--paper: (#[0-9a-f]{6})");
    assertThat(papers).hasSize(2);
    Set<String> colors = new TreeSet<>(found(PageFiles.read("report.js"), "'(#[0-9A-F]{6})'"));
    for (String file : STYLES) {
      styles(file).forEach(style -> colors.add(style.color()));
    }
    assertThat(colors).hasSizeGreaterThanOrEqualTo(7);
    for (String color : colors) {
      for (String paper : papers) {
        assertThat(contrast(color, paper))
            .as("%s on %s", color, paper)
            .isGreaterThanOrEqualTo(LEAST_CONTRAST);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"algorithms.json", "designs.json"})
  void allAreToldApartByEveryEyeAndWithoutColour(String file) throws IOException {
    List<Style> styles = styles(file);
    assertThat(styles).extracting(Style::name).hasSizeGreaterThan(5);
    for (Style one : styles) {
      for (Style other : styles) {
        if (one.name().compareTo(other.name()) < 0) {
          for (double[][] eye : EYES) {
            assertThat(distance(one.color(), other.color(), eye))
                .as("%s and %s", one, other)
                .isGreaterThanOrEqualTo(LEAST_DISTANCE);
          }
          assertThat(one.symbol()).as("%s and %s", one, other).isNotEqualTo(other.symbol());
        }
      }
    }
  }

  private static List<Style> styles(String file) throws IOException {
    return STYLE
        .matcher(PageFiles.read(file))
        .results()
        .map(found -> new Style(found.group(1), found.group(2), found.group(3), found.group(4)))
        .toList();
  }

  /** As WCAG 2 defines it. */
  private static double contrast(String one, String other) {
    double a = luminance(linear(one)) + 0.05;
    double b = luminance(linear(other)) + 0.05;
    return Math.max(a, b) / Math.min(a, b);
  }

  private static double luminance(double[] rgb) {
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
  }

  private static double[] linear(String color) {
    double[] rgb = new double[3];
    for (int i = 0; i < 3; i++) {
      double c = Integer.parseInt(color.substring(1 + 2 * i, 3 + 2 * i), 16) / 255.0;
      rgb[i] = c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4);
    }
    return rgb;
  }

  private static double distance(String one, String other, double[][] eye) {
    double[] a = lab(seen(linear(one), eye));
    double[] b = lab(seen(linear(other), eye));
    return Math.sqrt(
        Math.pow(a[0] - b[0], 2) + Math.pow(a[1] - b[1], 2) + Math.pow(a[2] - b[2], 2));
  }

  private static double[] seen(double[] rgb, double[][] eye) {
    double[] seen = new double[3];
    for (int i = 0; i < 3; i++) {
      double sum = eye[i][0] * rgb[0] + eye[i][1] * rgb[1] + eye[i][2] * rgb[2];
      seen[i] = Math.min(1, Math.max(0, sum));
    }
    return seen;
  }

  private static double[] lab(double[] rgb) {
    double x = root((0.4124 * rgb[0] + 0.3576 * rgb[1] + 0.1805 * rgb[2]) / 0.9505);
    double y = root(luminance(rgb));
    double z = root((0.0193 * rgb[0] + 0.1192 * rgb[1] + 0.9505 * rgb[2]) / 1.089);
    return new double[] {116 * y - 16, 500 * (x - y), 200 * (y - z)};
  }

  private static double root(double t) {
    return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16.0 / 116;
  }
}
