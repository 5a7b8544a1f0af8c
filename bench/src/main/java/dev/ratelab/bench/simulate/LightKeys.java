package dev.ratelab.bench.simulate;

import dev.ratelab.limiter.Limit;
import java.util.Arrays;

/**
 * The keys without a counter. Their requests are sent, take a shard's time, and are admitted; nothing is kept of them.
 *
 * <p>How often that is wrong has a bound. Let a key's requests be a Poisson process of rate λ, each of which makes the center charge at most
 * c permits, and let n = floor(min(N, B) / c). A limiter of the seven denies a request only if for some j ≥ 1 the other requests of the last
 * (j + 1)·W were at least j·n: a window algorithm for j = 1, since no more than two windows weigh and a denial needs N in them; a bucket
 * because it is empty only if in some last u more than B + N·u/W were charged. The others are a Poisson process, too, as a request
 * itself tells nothing of them (Slivnyak). By Chernoff, P(Poisson(m) ≥ x) ≤ exp(-m)·(e·m/x)^x for x > m, so a request is denied with a
 * probability of at most the sum over j of that with m = (j + 1)·λ·W and x = j·n, and of at most 1.
 */
final class LightKeys {
  private static final int MOST_TERMS = 1_000;

  private LightKeys() {}

  /** The shares of the keys with a counter, by rank, and behind them that of all others together. */
  static double[] weights(FleetSettings.Load load, int counted) {
    double[] weights = new double[counted + 1];
    Arrays.setAll(weights, i -> i < counted ? StrictMath.pow(i + 1, -load.exponent()) : 0);
    weights[counted] = between(load.exponent(), counted, (double) load.keys());
    return weights;
  }

  /** The sum of rank^-exponent over the ranks after one and up to another: the middle of the two integrals around it. */
  private static double between(double exponent, double after, double last) {
    if (last <= after) {
      return 0;
    }
    double low = integral(exponent, after + 1, last + 1);
    double high = integral(exponent, after, last);
    return (low + high) / 2;
  }

  private static double integral(double exponent, double from, double to) {
    return Math.abs(exponent - 1) < 1e-9
        ? StrictMath.log(to / from)
        : (StrictMath.pow(to, 1 - exponent) - StrictMath.pow(from, 1 - exponent)) / (1 - exponent);
  }

  /** The share of the requests for keys without a counter. */
  static double share(FleetSettings settings) {
    double[] weights = weights(settings.load(), settings.countedKeys());
    return weights[weights.length - 1] / Arrays.stream(weights).sum();
  }

  /**
   * The most that the share of all requests can be, by expectation, that are for keys without a counter and that a limiter would deny.
   *
   * @param charged c
   */
  static double wrongShare(FleetSettings settings, long charged) {
    int counted = settings.countedKeys();
    double[] weights = weights(settings.load(), counted);
    double sum = Arrays.stream(weights).sum();
    double wrong = 0;
    // Ranks in groups, each taken to be as popular as its first.
    for (double rank = counted + 1; rank <= settings.load().keys(); ) {
      double next = Math.min(settings.load().keys() + 1.0, Math.floor(rank * 1.01) + 1);
      double share = StrictMath.pow(rank, -settings.load().exponent()) / sum;
      wrong += (next - rank)
          * share
          * denied(settings.policy().limit(), share * settings.load().perSecond(), charged);
      rank = next;
    }
    return Math.min(weights[counted] / sum, wrong);
  }

  private static double denied(Limit limit, double perSecond, long charged) {
    double inWindow = perSecond * limit.windowMicros() / 1e6;
    long enough = limit.maxCost() / charged;
    double sum = 0;
    for (int j = 1; j <= MOST_TERMS; j++) {
      double mean = (j + 1) * inWindow;
      double count = (double) j * enough;
      if (count <= mean) {
        return 1;
      }
      double term = StrictMath.exp(count - mean + count * StrictMath.log(mean / count));
      sum += term;
      if (term < 1e-300 || term < sum * 1e-9) {
        break;
      }
    }
    return Math.min(1, sum);
  }
}
