package dev.ratelab.verification.service;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server that gets twice what it can serve. What it can serve is searched for first: a closed loop tells what it decides at most, and
 * the highest of 95, 90, 85, ... % of that of which it sheds at most a hundredth is the rate that it can serve.
 *
 * @param most decisions a second in a closed loop
 * @param servable at the rate that it can serve
 * @param twice at twice that
 */
public record Overload(double most, Load servable, Load twice) {
  private static final int CONNECTIONS = 16;
  private static final double SERVED = 0.01;
  private static final double STEP = 0.05;
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
      if (latencies.length == 0) {
        throw new IllegalStateException("none of %d checks was decided".formatted(replies.size()));
      }
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
    return twice.p99.toNanos() / (double) servable.p99.toNanos();
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
      InetSocketAddress address = server.address();
      // The first one is for the compiler.
      closed(address, unanswered, seconds);
      double most = closed(address, unanswered, seconds);
      double share = 1 - STEP;
      Load servable = open(address, share * most, seconds);
      while (servable.shed > SERVED) {
        share -= STEP;
        if (share < STEP) {
          throw new IllegalStateException("the server sheds at any rate: %s".formatted(servable));
        }
        servable = open(address, share * most, seconds);
      }
      return new Overload(most, servable, open(address, 2 * servable.perSecond, seconds));
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
}
