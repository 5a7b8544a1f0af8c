package dev.ratelab.reports.page;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.DoubleSummaryStatistics;
import java.util.List;
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
  String kind();

  /**
   * Curves.
   *
   * @param x the horizontal axis
   * @param y the vertical axis
   */
  record Lines(String title, Axis x, Axis y, List<Line> lines) implements Chart {
    @Override
    public String kind() {
      return "lines";
    }
  }

  /**
   * An axis.
   *
   * @param name what it shows, unit included
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
  }

  /**
   * A curve.
   *
   * @param variant tells curves of one style apart: 0, 1, …
   * @param step whether the value stays until the next point instead of leading to it
   * @param points x and y, and where the value has an interval its low and high end
   */
  record Line(String name, String style, int variant, boolean step, List<double[]> points) {
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
  record Strictness(String title, Axis x, Axis y, List<Spot> spots) implements Chart {
    @Override
    public String kind() {
      return "strictness";
    }
  }

  /**
   * A mark.
   *
   * @param name the algorithm's, which is its style too
   * @param facts what is said on request, a sentence each
   */
  record Spot(String name, double x, double y, double low, double high, List<String> facts) {}

  /**
   * Horizontal bars from zero with their 95 % intervals; limits are drawn as lines over all bars. On a
   * logarithmic axis, which has no zero, they are marks.
   *
   * @param x the axis of the values
   */
  record Bars(String title, Axis x, List<Bar> bars) implements Chart {
    @Override
    public String kind() {
      return "bars";
    }
  }

  /**
   * A bar.
   *
   * @param text the value as printed
   * @param limit whether it is a physical limit
   */
  record Bar(
      String name,
      String style,
      double value,
      double low,
      double high,
      String text,
      boolean limit) {}

  /** Shares to the left and right of zero: wrongly denied and wrongly allowed. */
  record Differences(String title, Axis x, List<Wrong> bars) implements Chart {
    @Override
    public String kind() {
      return "differences";
    }
  }

  /**
   * One algorithm's errors.
   *
   * @param denied share of requests wrongly denied
   * @param allowed share of requests wrongly allowed
   * @param text the sum as printed
   */
  record Wrong(String name, double denied, double allowed, String text) {}

  /**
   * Requests along time, and curves beside them on the same axes.
   *
   * @param marks the requests in the order of arrival
   * @param lines none for most
   */
  record Timeline(String title, Axis x, Axis y, List<Mark> marks, List<Line> lines)
      implements Chart {
    @Override
    public String kind() {
      return "timeline";
    }
  }

  /**
   * A request.
   *
   * @param at when
   * @param cost how high it is drawn
   */
  record Mark(double at, double cost, boolean allowed) {}
}
