package dev.ratelab.reports.page;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

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
  record Axis(String name, String scale, String unit) {}

  /**
   * A curve.
   *
   * @param variant tells curves of one style apart: 0, 1, …
   * @param step whether the value stays until the next point instead of leading to it
   */
  record Line(String name, String style, int variant, boolean step, List<double[]> points) {}

  /**
   * Horizontal bars from zero with their 95 % intervals; limits are drawn as lines over all bars.
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
