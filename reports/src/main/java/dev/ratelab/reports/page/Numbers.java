package dev.ratelab.reports.page;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.Unit;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Optional;

/** Numbers for people: three digits that matter, and the unit that suits them. */
final class Numbers {
  private static final MathContext TWO = new MathContext(2, RoundingMode.HALF_EVEN);
  private static final MathContext THREE = new MathContext(3, RoundingMode.HALF_EVEN);
  private static final MathContext SIX = new MathContext(6, RoundingMode.HALF_EVEN);

  private Numbers() {}

  /** A measurement's value with its unit. */
  static String value(Measurement m) {
    return format(m, m.value());
  }

  /** A measurement's 95 % interval, empty where the number is exact or has none. */
  static String interval(Measurement m) {
    return m.exact() ? "" : "[" + format(m, m.low()) + " … " + format(m, m.high()) + "]";
  }

  /** All that is worth printing of a number, without a unit: at most six significant digits. */
  static String plain(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      return Long.toString((long) value);
    }
    return rounded(value, SIX);
  }

  private static String format(Measurement m, double value) {
    Optional<Unit> unit = Unit.of(m);
    if (unit.isEmpty()) {
      return rounded(value, THREE) + " " + m.unit();
    }
    return switch (unit.get()) {
      case PER_SECOND -> rate(value);
      case MICROSECONDS -> micros(value);
      case BYTES -> bytes(value);
      case REQUESTS, PERMITS -> count(value);
      case SHARE -> share(value);
      case RATIO -> rounded(value, THREE);
    };
  }

  static String rate(double perSecond) {
    return scaled(perSecond, "M", 1e3, "k", "") + "/s";
  }

  static String micros(double micros) {
    double magnitude = Math.abs(micros);
    return magnitude < 0.9995 && magnitude > 0
        ? rounded(micros * 1e3, THREE) + " ns"
        : scaled(micros, "", 1e3, "m", "µ") + "s";
  }

  static String bytes(double bytes) {
    return scaled(bytes, "M", 1e4, "k", "") + "B";
  }

  /** A share of which a digit behind the point says nothing. */
  static String wholeShare(double share) {
    return rounded(share * 100, TWO) + " %";
  }

  static String share(double share) {
    if (share > 0 && share < 0.0001) {
      return "< 0.01 %";
    }
    return rounded(share * 100, share < 0.01 ? new MathContext(2) : THREE) + " %";
  }

  /** How many times as much: {@code 2.1×}. */
  static String times(double ratio) {
    return rounded(ratio, TWO) + "×";
  }

  static String ratio(double ratio) {
    return rounded(ratio, THREE);
  }

  /** A ratio's 95 % interval. */
  static String interval(Ratio ratio) {
    return "[%s … %s]".formatted(ratio(ratio.low()), ratio(ratio.high()));
  }

  static String count(double count) {
    return count == Math.rint(count) ? count((long) count) : rounded(count, SIX);
  }

  static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count).replace(',', ' ');
  }

  /** For example {@code 1 row} or {@code 2 rows}. */
  static String counted(long count, String noun) {
    return counted((double) count, noun);
  }

  static String counted(double count, String noun) {
    return count(count) + " " + noun + (count == 1 ? "" : "s");
  }

  /** In millions, in thousands from {@code small} on, or as it is: each with its own prefix of the unit. */
  private static String scaled(
      double value, String millions, double small, String thousands, String ones) {
    double magnitude = Math.abs(value);
    if (magnitude >= 1e6 * 0.9995) {
      return rounded(value / 1e6, THREE) + " " + millions;
    }
    return magnitude >= small * 0.9995
        ? rounded(value / 1e3, THREE) + " " + thousands
        : rounded(value, THREE) + " " + ones;
  }

  private static String rounded(double value, MathContext digits) {
    BigDecimal printed = new BigDecimal(value).round(digits).stripTrailingZeros();
    double magnitude = printed.abs().doubleValue();
    return printed.signum() != 0 && (magnitude < 1e-4 || magnitude >= 1e15)
        ? printed.toString().replace('E', 'e')
        : printed.toPlainString();
  }
}
