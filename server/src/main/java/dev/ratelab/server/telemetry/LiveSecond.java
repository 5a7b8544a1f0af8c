package dev.ratelab.server.telemetry;

import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the live page is told once a second, as JSON.
 *
 * @param time when, in milliseconds since 1970
 * @param seconds how long this second was
 * @param checks by outcome, in this second
 * @param inFlight decisions that are being waited for
 * @param latency of the decisions of this second, null if there were none
 * @param redis null where there is none
 * @param counters how many counters the store in memory holds, null where there is none
 * @param topDenied who was denied most in the last half to whole minute, in falling order
 */
record LiveSecond(
    long time,
    double seconds,
    Map<String, Long> checks,
    long inFlight,
    @Nullable Latency latency,
    @Nullable Redis redis,
    @Nullable Long counters,
    List<Top> topDenied) {
  private static final double NANOS_PER_MILLI = 1e6;

  String json() {
    return JsonMapper.shared().writeValueAsString(this);
  }

  /** Milliseconds. */
  record Latency(double p50, double p99, double max) {
    static @Nullable Latency of(Histogram nanos) {
      return nanos.getTotalCount() == 0
          ? null
          : new Latency(
              nanos.getValueAtPercentile(50) / NANOS_PER_MILLI,
              nanos.getValueAtPercentile(99) / NANOS_PER_MILLI,
              nanos.getMaxValue() / NANOS_PER_MILLI);
    }
  }

  /** A Redis: the client, whether it answered the last call, and the calls that it has not answered since the start. */
  record Redis(String client, boolean up, long errors) {}

  /**
   * One that was denied.
   *
   * @param policy whose limit it was
   * @param kind {@code tenant} or {@code key}
   * @param who a tenant that the configuration names, or a pseudonym, see {@link Pseudonyms}
   * @param denied how often, at most
   */
  record Top(String policy, String kind, String who, long denied) {}
}
