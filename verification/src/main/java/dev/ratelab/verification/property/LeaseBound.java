package dev.ratelab.verification.property;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.property.LeasedInstances.Admission;
import dev.ratelab.verification.property.LeasedInstances.Charge;
import dev.ratelab.verification.subject.LimiterSubject;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.math.BigInteger;
import java.util.List;
import java.util.Objects;

/**
 * The bound of leases, in the two steps of its proof (docs/lease-bounds.md): what is admitted in an interval was charged in it and the L
 * before it, and is at most n·b more than what was charged in it; and what is charged keeps to the algorithm's own curve, and N more for each
 * loss of the counter's state. What is charged and never spent is bounded too.
 */
final class LeaseBound {
  private LeaseBound() {}

  static void check(VerifiedSubject subject, Scenario scenario) {
    LeasedInstances played = LeasedInstances.play((LimiterSubject) subject, scenario);
    Played shown = new Played(subject, scenario, played.decisions);
    requireCharged(shown, played);
    requireCurve(shown, played.charges);
    requireSpent(shown, played);
  }

  private static void requireCharged(Played shown, LeasedInstances played) {
    Lease lease = lease(shown);
    long held = played.instances * lease.permits();
    for (Admission first : played.admissions) {
      for (Admission last : played.admissions) {
        long from = first.at();
        long to = last.at();
        if (to < from) {
          continue;
        }
        long admitted = played.admissions.stream()
            .filter(each -> each.at() >= from && each.at() <= to)
            .mapToLong(Admission::cost)
            .sum();
        long charged = charged(played.charges, from - lease.micros() + 1, to);
        if (admitted > charged) {
          throw shown.broken(
              "admitted %s within the %s µs from %s on, of which %s were charged since L before"
                  .formatted(admitted, to - from + 1, from, charged));
        }
        long within = charged(played.charges, from, to);
        if (admitted > within + held) {
          throw shown.broken(
              "admitted %s within the %s µs from %s on, of which %s were charged in them; n·b is %s"
                  .formatted(admitted, to - from + 1, from, within, held));
        }
      }
    }
  }

  private static long charged(List<Charge> charges, long from, long to) {
    return charges.stream()
        .filter(each -> each.at() >= from && each.at() <= to)
        .mapToLong(Charge::cost)
        .sum();
  }

  /** On the readings of the counter's clock. */
  private static void requireCurve(Played shown, List<Charge> charges) {
    Oracle oracle = shown.scenario().oracle();
    for (int first = 0; first < charges.size(); first++) {
      long least = Long.MAX_VALUE;
      long greatest = Long.MIN_VALUE;
      BigInteger sum = BigInteger.ZERO;
      for (Charge last : charges.subList(first, charges.size())) {
        least = Math.min(least, last.reading());
        greatest = Math.max(greatest, last.reading());
        sum = sum.add(BigInteger.valueOf(last.cost()));
        int losses = last.losses() - charges.get(first).losses();
        long once =
            Math.max(shown.scenario().rule().permits(), shown.scenario().rule().burst());
        BigInteger bound = oracle
            .bound(greatest - least + 1)
            .add(BigInteger.valueOf(losses).multiply(BigInteger.valueOf(once)));
        if (sum.compareTo(bound) > 0) {
          throw shown.broken("%s were charged within %s µs of the counter's clock; the bound is %s"
              .formatted(sum, greatest - least + 1, bound));
        }
      }
    }
  }

  private static void requireSpent(Played shown, LeasedInstances played) {
    if (shown.scenario().policy().algorithm() == Algorithm.FIXED_WINDOW
        || played.charges.isEmpty()) {
      return;
    }
    Lease lease = lease(shown);
    long unspent = played.charges.stream().mapToLong(Charge::cost).sum()
        - played.admissions.stream().mapToLong(Admission::cost).sum();
    long first = played.charges.get(0).at();
    long last = played.charges.get(played.charges.size() - 1).at();
    long leases = 2 + (last - first) / lease.micros();
    long bound = lease.permits() * (played.instances * leases + played.lostBlocks);
    if (unspent > bound) {
      throw shown.broken(
          "%s were charged and never spent; the bound is %s".formatted(unspent, bound));
    }
  }

  private static Lease lease(Played shown) {
    return Objects.requireNonNull(shown.scenario().policy().lease());
  }
}
