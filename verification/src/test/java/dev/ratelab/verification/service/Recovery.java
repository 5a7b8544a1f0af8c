package dev.ratelab.verification.service;

import dev.ratelab.fixtures.ServerJvm;
import dev.ratelab.verification.outage.Server;
import dev.ratelab.verification.service.HttpReply.Fate;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * A server whose Redis is killed under load and comes back empty.
 *
 * @param decided checks that Redis decided
 * @param undecided checks that the failure policy answered
 * @param admittedUnconfirmed checks that were admitted, and Redis did not say so
 * @param longestWait of any answer
 * @param recovered from when Redis answered again to the last check that was due and not decided by it
 */
public record Recovery(
    int decided, int undecided, int admittedUnconfirmed, Duration longestWait, Duration recovered) {
  private static final int CONNECTIONS = 8;
  private static final double PER_SECOND = 1_000;
  private static final int BEFORE = 1_000;
  private static final int AWAY = 1_000;
  private static final int IN_A_ROW = 500;

  public static Recovery rehearse(String... options) throws IOException, InterruptedException {
    try (Server redis = Server.start()) {
      try (ServerJvm server = Charges.serve(redis.address(), options);
          OpenLoad load = OpenLoad.start(server.address(), CONNECTIONS, PER_SECOND)) {
        load.await(BEFORE);
        redis.kill();
        long away = System.nanoTime();
        load.await(AWAY);
        redis.startAgain();
        long back = System.nanoTime();
        awaitDecided(load, back);
        List<HttpReply> replies = load.finish();
        try (Charges charges = Charges.of(redis.address())) {
          return of(replies, charges, away, back);
        }
      }
    }
  }

  /** Until so many in a row, all due after Redis was back, were decided by it. */
  private static void awaitDecided(OpenLoad load, long back) throws InterruptedException {
    boolean decided = false;
    while (!decided) {
      load.await(IN_A_ROW);
      List<HttpReply> replies = load.replies();
      decided = replies.subList(replies.size() - IN_A_ROW, replies.size()).stream()
          .allMatch(reply -> reply.decided() && reply.due() > back);
    }
  }

  private static Recovery of(List<HttpReply> replies, Charges charges, long away, long back) {
    int decided = 0;
    int unconfirmed = 0;
    long longest = 0;
    long lastUndecided = back;
    for (HttpReply reply : replies) {
      longest = Math.max(longest, reply.latency());
      if (reply.decided()) {
        decided++;
      } else {
        lastUndecided = Math.max(lastUndecided, reply.due());
      }
      // What the old Redis confirmed is forgotten, but it confirmed nothing that came after its
      // end.
      if (reply.fate() == Fate.ALLOWED && reply.due() > away && !charges.charged(reply.number())) {
        unconfirmed++;
      }
    }
    return new Recovery(
        decided,
        replies.size() - decided,
        unconfirmed,
        Duration.ofNanos(longest),
        Duration.ofNanos(lastUndecided - back));
  }
}
