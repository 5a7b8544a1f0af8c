package dev.ratelab.bench.simulate;

import org.HdrHistogram.Histogram;

/** What became of the requests of a fleet. */
class FleetTally {
  final int[] admittedOfKey;
  final WorstInterval worst;
  private final Histogram delays = new Histogram(60_000_000, 3);
  long admitted;
  long denied;
  long unanswered;
  long crashed;
  private long atOnce;

  FleetTally(FleetSettings settings) {
    admittedOfKey = new int[settings.countedKeys() + 1];
    worst = new WorstInterval(settings.policy(), settings.countedKeys());
  }

  /**
   * A request is admitted.
   *
   * @param decided the instant that the admission counts at: that of the central decision, or of spending what is local
   * @param delay how long the request waited for the answer
   */
  void admit(int key, long decided, long delay) {
    admitted++;
    admittedOfKey[key]++;
    worst.add(key, decided);
    delayed(delay);
  }

  void deny(long delay) {
    denied++;
    delayed(delay);
  }

  /** Nobody decided in time, and the failure policy denies. */
  void unanswered(long delay) {
    unanswered++;
    delayed(delay);
  }

  /** The instance that the request was at is down. */
  void crashed() {
    crashed++;
  }

  private void delayed(long delay) {
    if (delay == 0) {
      atOnce++;
    } else {
      delays.recordValue(delay);
    }
  }

  long ended() {
    return admitted + denied + unanswered + crashed;
  }

  /** How long this share of the answered requests waited at most, in microseconds. */
  long delay(double share) {
    long answered = atOnce + delays.getTotalCount();
    double among = share * answered - atOnce;
    return among <= 0 || delays.getTotalCount() == 0
        ? 0
        : delays.getValueAtPercentile(100 * among / delays.getTotalCount());
  }

  double meanDelay() {
    long answered = atOnce + delays.getTotalCount();
    return delays.getTotalCount() == 0 ? 0 : delays.getMean() * delays.getTotalCount() / answered;
  }
}
