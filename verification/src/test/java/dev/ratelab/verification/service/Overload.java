package dev.ratelab.verification.service;

import dev.ratelab.fixtures.ServerJvm;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.redis.RedisAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server that gets twice what it can serve. What it can serve is searched for first: from what it decides in a closed loop with few
 * unanswered, the rate is raised by quarters until more than a hundredth is shed or waits for half a second, and then lowered by twentieths
 * until no more does.
 *
 * @param servable at the rate that it can serve, after the first second; one that never sheds gets a rate a little over that
 * @param onset at twice that, in the first second
 * @param twice at twice that, afterwards
 */
public record Overload(Load servable, Load onset, Load twice) {
  /** What {@link #slowdown} is below for a server that sheds: docs/load.md promises it. */
  static final double MOST_SLOWDOWN = 3;

  /** Of the first second a tenth passes until a queue is known to stand, and about as much until it is short. */
  private static final long ONSET_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final int CONNECTIONS = 8;
  private static final int UNANSWERED = 8;
  private static final int WARM_UP = 4;
  private static final double SERVED = 0.01;
  private static final Duration SOON = Duration.ofMillis(500);
  private static final double UP = 1.25;
  private static final double DOWN = 0.95;
  private static final double PERCENTILE = 0.99;

  /**
   * What became of a load.
   *
   * @param perSecond the rate at which checks were due
   * @param decided checks a second that the backend decided
   * @param shed the share of all that the server shed
   * @param lost the share of all that were not decided for another reason
   * @param p99 of the latency of those that were, from when they were due
   */
  public record Load(double perSecond, double decided, double shed, double lost, Duration p99) {
    static Load of(double perSecond, List<HttpReply> replies) {
      long begin = begin(replies);
      long end = replies.stream().mapToLong(HttpReply::due).max().orElseThrow();
      long[] latencies = replies.stream()
          .filter(HttpReply::decided)
          .mapToLong(HttpReply::latency)
          .sorted()
          .toArray();
      if (latencies.length == 0) {
        throw new IllegalStateException("none of %s checks was decided".formatted(replies.size()));
      }
      double all = replies.size();
      long shed = replies.stream()
          .filter(reply -> FailureReason.SHED.id().equals(reply.because()))
          .count();
      double seconds = (end - begin) / (double) TimeUnit.SECONDS.toNanos(1);
      return new Load(
          perSecond,
          latencies.length / seconds,
          shed / all,
          1 - (latencies.length + shed) / all,
          Duration.ofNanos(latencies[(int) (PERCENTILE * (latencies.length - 1))]));
    }

    /** A server that sheds nothing has not served what most waited for too long. */
    boolean isServed() {
      return shed + lost <= SERVED && p99.compareTo(SOON) < 0;
    }
  }

  /** By how much the 99th percentile of what was decided is longer at twice the rate. */
  public double slowdown() {
    return twice.p99.toNanos() / (double) servable.p99.toNanos();
  }

  static Overload rehearse(int seconds, RedisAddress redis)
      throws IOException, InterruptedException {
    try (ServerJvm server = Charges.serve(redis)) {
      return rehearse(seconds, server.address());
    }
  }

  /** The same with a server that runs already. */
  static Overload rehearse(int seconds, InetSocketAddress server) throws InterruptedException {
    // For the compiler.
    closed(server, WARM_UP * seconds);
    double most = closed(server, seconds);
    Step servable = open(server, most, seconds);
    while (servable.steady.isServed()) {
      servable = open(server, UP * servable.steady.perSecond, seconds);
    }
    while (!servable.steady.isServed()) {
      if (servable.steady.perSecond < most / 10) {
        throw new IllegalStateException("the server serves no rate: %s".formatted(servable));
      }
      servable = open(server, DOWN * servable.steady.perSecond, seconds);
    }
    Step twice = open(server, 2 * servable.steady.perSecond, seconds);
    return new Overload(servable.steady, twice.onset, twice.steady);
  }

  private static double closed(InetSocketAddress server, int seconds) throws InterruptedException {
    try (OpenLoad load = OpenLoad.closed(server, CONNECTIONS, UNANSWERED)) {
      TimeUnit.SECONDS.sleep(seconds);
      return Load.of(0, load.finish()).decided();
    }
  }

  private static Step open(InetSocketAddress server, double perSecond, int seconds)
      throws InterruptedException {
    List<HttpReply> replies;
    try (OpenLoad load = OpenLoad.start(server, CONNECTIONS, perSecond)) {
      load.await((int) (perSecond * (seconds + 1)));
      replies = load.finish();
    }
    long steady = begin(replies) + ONSET_NANOS;
    return new Step(
        Load.of(
            perSecond, replies.stream().filter(reply -> reply.due() < steady).toList()),
        Load.of(
            perSecond, replies.stream().filter(reply -> reply.due() >= steady).toList()));
  }

  private static long begin(List<HttpReply> replies) {
    return replies.stream().mapToLong(HttpReply::due).min().orElseThrow();
  }

  /** A load's first second, and the others. */
  private record Step(Load onset, Load steady) {}
}
