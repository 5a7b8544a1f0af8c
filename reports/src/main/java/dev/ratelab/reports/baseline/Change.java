package dev.ratelab.reports.baseline;

import dev.ratelab.reports.results.Measurement;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * From one value to another, with what the two values' own intervals say about the step.
 *
 * <p>All that two runs share is a value and a 95 % interval for each row, whatever statistic it is, and such an
 * interval need not be symmetric. The method of variance estimates recovery (Zou and Donner, "Construction of
 * confidence intervals about effect measures", Statistics in Medicine 27, 2008) makes an interval of the ratio from
 * just these: on the logarithmic scale, with steps d, the lower end is d - √((now - low of now)² + (high of before -
 * before)²), the upper one its mirror image. Two intervals that overlap a little can still be significantly apart.
 *
 * @param ratio the new value as a multiple of the old one: 1 if both are 0, infinite if only the old one is
 * @param low lower end of the ratio's 95 % interval; NaN if an interval reaches 0 or below, where no ratio has one
 * @param high upper end of the ratio's 95 % interval, or NaN
 * @param p how often a step at least as far from none would be seen though nothing changed, from 0 to 1, by the normal
 *     distribution that the interval's ends imply; 0 or 1 if both values are exact
 */
public record Change(double ratio, double low, double high, double p) {
  private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

  /** Half the width of a 95 % interval, in standard deviations. */
  private static final double HALF_WIDTH = NORMAL.inverseSurvivalProbability(0.025);

  /** From {@code before} to {@code now}. */
  public static Change of(Measurement before, Measurement now) {
    double ratio = now.value() == before.value() ? 1 : now.value() / before.value();
    boolean positive = before.low() > 0 && now.low() > 0;
    double step = positive ? Math.log(ratio) : now.value() - before.value();
    double below = Math.hypot(
        distance(now.low(), now.value(), positive),
        distance(before.value(), before.high(), positive));
    double above = Math.hypot(
        distance(now.value(), now.high(), positive),
        distance(before.low(), before.value(), positive));
    double low = positive ? Math.exp(step - below) : Double.NaN;
    double high = positive ? Math.exp(step + above) : Double.NaN;
    return new Change(ratio, low, high, p(step, step > 0 ? below : above));
  }

  private static double distance(double from, double to, boolean logarithmic) {
    return logarithmic ? Math.log(to / from) : to - from;
  }

  private static double p(double step, double towardsNone) {
    if (step == 0) {
      return 1;
    }
    return towardsNone == 0
        ? 0
        : 2 * NORMAL.survivalProbability(Math.abs(step) / towardsNone * HALF_WIDTH);
  }
}
