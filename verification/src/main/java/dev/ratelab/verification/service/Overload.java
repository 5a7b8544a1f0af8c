package dev.ratelab.verification.service;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server that gets twice what it can serve. What it can serve is measured first, by asking as fast as it answers; then half a
 * minute's worth of checks comes at four fifths of that rate, and as many at twice the rate.
 *
 * @param servable decisions a second that the backend makes at most
 * @param usual at four fifths of that
 * @param twice at twice that
 */
public record Overload(double servable, Load usual, Load twice) {
  private static final int CONNECTIONS = 16;
  private static final double USUAL = 0.8;
  private static final double PERCENTILE = 0.99;

  /**
   * What became of a load.
   *
   * @param perSecond the rate at which checks were due
   * @param decided checks a second that the backend decided
   * @param shed the share of all that were not
   * @param p99 of the latency of those that were, from when they were due
   */
  public record Load(double perSecond, double decided, double shed, Duration p99) {
    static Load of(double perSecond, List<Reply> replies) {
      long begin = replies.stream().mapToLong(Reply::due).min().orElseThrow();
      long end = replies.stream().mapToLong(Reply::due).max().orElseThrow();
      long[] latencies = replies.stream()
          .filter(Reply::decided)
          .mapToLong(Reply::latency)
          .sorted()
          .toArray();
      double seconds = (end - begin) / (double) TimeUnit.SECONDS.toNanos(1);
      return new Load(
          perSecond,
          latencies.length / seconds,
          1 - latencies.length / (double) replies.size(),
          Duration.ofNanos(latencies[(int) (PERCENTILE * (latencies.length - 1))]));
    }
  }

  /** By how much the 99th percentile of what was decided is longer at twice the rate. */
  public double slowdown() {
    return twice.p99.toNanos() / (double) usual.p99.toNanos();
  }

  /**
   * Runs it.
   *
   * @param seconds how long each of the three parts takes
   * @param unanswered how many checks are unanswered while it is measured what can be served
   * @throws IOException if the server does not start
   */
  static Overload rehearse(int seconds, int unanswered, List<String> options)
      throws IOException, InterruptedException {
    try (ServerProcess server = ServerProcess.start(options.toArray(String[]::new))) {
      // The first one is for the compiler.
      closed(server.address(), unanswered, seconds);
      double servable = closed(server.address(), unanswered, seconds);
      return new Overload(
          servable,
          open(server.address(), USUAL * servable, seconds),
          open(server.address(), 2 * servable, seconds));
    }
  }

  private static double closed(InetSocketAddress server, int unanswered, int seconds)
      throws InterruptedException {
    try (OpenLoad load = OpenLoad.closed(server, CONNECTIONS, unanswered)) {
      TimeUnit.SECONDS.sleep(seconds);
      return Load.of(0, load.finish()).decided();
    }
  }

  private static Load open(InetSocketAddress server, double perSecond, int seconds)
      throws InterruptedException {
    try (OpenLoad load = OpenLoad.start(server, CONNECTIONS, perSecond)) {
      load.await((int) (perSecond * seconds));
      return Load.of(perSecond, load.finish());
    }
  }

  @Override
  public String toString() {
    return Arrays.asList(servable, usual, twice).toString();
  }
}
