package dev.ratelab.reports.page;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/** Makes a curve small enough for a page without changing what is seen. */
final class Curve {
  private static final int MOST_POINTS = 600;
  private static final MathContext FIVE = new MathContext(5);

  private Curve() {}

  /**
   * Leaves out points inside a flat stretch and, if more than {@value #MOST_POINTS} remain, thins
   * those evenly; first and last stay. The whole series is in its raw file.
   *
   * @param points x and y, ascending in x
   */
  static List<double[]> of(List<double[]> points) {
    List<double[]> corners = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      boolean inside = i > 0
          && i < points.size() - 1
          && points.get(i - 1)[1] == points.get(i)[1]
          && points.get(i)[1] == points.get(i + 1)[1];
      if (!inside) {
        corners.add(points.get(i));
      }
    }
    int stride = Math.max(1, (corners.size() + MOST_POINTS - 1) / MOST_POINTS);
    List<double[]> kept = new ArrayList<>();
    for (int i = 0; i < corners.size(); i++) {
      if (i % stride == 0 || i == corners.size() - 1) {
        kept.add(new double[] {fiveDigits(corners.get(i)[0]), fiveDigits(corners.get(i)[1])});
      }
    }
    return kept;
  }

  private static double fiveDigits(double value) {
    return new BigDecimal(value).round(FIVE).doubleValue();
  }
}
