package dev.ratelab.reports.page;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Unit;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;

/**
 * What a plot shows, as {@code report.js} reads it; how it looks is decided there. A style is an
 * algorithm's id, {@code bound}, {@code limit} or {@code peer}: what has one style has one colour on
 * all plots.
 */
sealed interface Chart {
  String title();

  /** The name that {@code report.js} knows this kind of plot by. */
  @JsonProperty
  default String kind() {
    return getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  record Lines(String title, Axis x, Axis y, List<Line> lines) implements Chart {}

  /**
   * An axis.
   *
   * @param scale {@code linear}, {@code log} or {@code percentile}: the last is a logarithmic axis of
   *     1/(1-p) that is labelled with p
   * @param unit how its values are printed: {@code 1/s}, {@code us}, {@code B}, {@code share} or
   *     {@code 1}
   */
  record Axis(String name, String scale, String unit) {
    private static final double LINEAR_TO = 100;

    /**
     * An axis for these values: logarithmic if the largest is more than two decades above the smallest
     * that is not zero. On a linear one the small values would lie on the axis; a logarithmic one
     * without need hides differences. A value below zero has no logarithm.
     */
    static Axis of(String name, String unit, DoubleStream values) {
      DoubleSummaryStatistics size = values.filter(value -> value != 0).summaryStatistics();
      boolean wide =
          size.getCount() > 0 && size.getMin() > 0 && size.getMax() > LINEAR_TO * size.getMin();
      return new Axis(name, wide ? "log" : "linear", unit);
    }

    /** The same, with shares in percent. */
    static Axis of(String name, Unit unit, DoubleStream values) {
      return of(name, unit == Unit.SHARE ? "share" : unit.symbol(), values);
    }
  }

  /**
   * A curve.
   *
   * @param variant tells curves of one style apart: 0, 1, …
   * @param step whether the value stays until the next point instead of leading to it
   * @param points x and y, and where the value has an interval its low and high end
   */
  record Line(String name, String style, int variant, boolean step, List<double[]> points) {
    /** A curve for each measurement that has points, named after its subject. */
    static List<Line> of(Map<Measurement, List<double[]>> curves, boolean step) {
      List<Line> lines = new ArrayList<>();
      Map<String, Integer> variants = new HashMap<>();
      curves.forEach((m, points) -> {
        if (!points.isEmpty()) {
          String style = Names.style(m);
          int variant = variants.merge(style, 1, Integer::sum) - 1;
          lines.add(new Line(Names.subject(m), style, variant, step, points));
        }
      });
      return lines;
    }

    /** The values of all points of all lines in one direction: 0 for x, 1 for y. */
    static DoubleStream all(List<Line> lines, int direction) {
      return lines.stream()
          .flatMap(line -> line.points().stream())
          .mapToDouble(point -> point[direction]);
    }
  }

  /**
   * What each lets through against what it costs: left and above is better.
   *
   * @param x what it lets through at worst
   * @param y the share of what the machine allows, or the speed itself
   */
  record Strictness(String title, Axis x, Axis y, List<Spot> spots) implements Chart {}

  /**
   * Marks of designs of a fleet, with the intervals of y.
   *
   * @param equal whether x and y are to be equal: then a line shows where they are, and marks of one design are not joined
   */
  record Designs(String title, Axis x, Axis y, boolean equal, List<Spot> spots) implements Chart {}

  /** The mark of an algorithm or a design; the facts are sentences said on request. */
  record Spot(String name, double x, double y, double low, double high, List<String> facts) {}

  /**
   * Horizontal bars from zero with their 95 % intervals; limits are drawn as lines over all bars. On a
   * logarithmic axis, which has no zero, they are marks.
   */
  record Bars(String title, Axis x, List<Bar> bars) implements Chart {
    static Bars of(Panel panel, Axis axis) {
      return new Bars(panel.title(), axis, panel.all().stream().map(Bar::of).toList());
    }
  }

  /** A bar, with its value as printed and whether it is a physical limit. */
  record Bar(
      String name,
      String style,
      double value,
      double low,
      double high,
      String text,
      boolean limit) {
    static Bar of(Measurement m) {
      String text = Numbers.value(m);
      return new Bar(
          Names.subject(m),
          Names.style(m),
          m.value(),
          m.low(),
          m.high(),
          text,
          Algorithms.isLimit(m));
    }
  }

  /** Shares to the left and right of zero: wrongly denied and wrongly allowed. */
  record Differences(String title, Axis x, List<Wrong> bars) implements Chart {}

  /** One algorithm's shares of requests wrongly denied and wrongly allowed, and their sum as printed. */
  record Wrong(String name, double denied, double allowed, String text) {}

  /** Requests along time in the order of arrival, and curves beside them on the same axes: none for most. */
  record Timeline(String title, Axis x, Axis y, List<Mark> marks, List<Line> lines)
      implements Chart {}

  /** A request, drawn as high as its cost. */
  record Mark(double at, double cost, boolean allowed) {}
}
