package dev.ratelab.verification.service;

import dev.ratelab.fixtures.ServerJvm;
import dev.ratelab.verification.outage.Server;
import dev.ratelab.verification.service.HttpReply.Fate;
import java.io.IOException;
import java.util.List;

/**
 * A server that is told to stop under load. A request is accepted when it is charged; one that was charged and got no answer was
 * dropped.
 *
 * @param answered requests with an answer
 * @param turnedAway requests without one that were not charged: their sender may send them elsewhere
 * @param dropped requests without one that were charged
 * @param unseen requests that Redis admitted and were not charged, which would make the counts above worthless
 * @param exitCode of the server
 */
public record Stopping(int answered, int turnedAway, int dropped, int unseen, int exitCode) {
  private static final int CONNECTIONS = 8;
  private static final double PER_SECOND = 2_000;
  private static final int BEFORE = 2_000;

  /** Runs it with SIGTERM, or else with SIGKILL, which this must see drop requests. */
  public static Stopping rehearse(boolean politely) throws IOException, InterruptedException {
    try (Server redis = Server.start();
        ServerJvm server = Charges.serve(redis.address());
        OpenLoad load = OpenLoad.start(server.address(), CONNECTIONS, PER_SECOND);
        Charges charges = Charges.of(redis.address())) {
      load.await(BEFORE);
      if (politely) {
        server.process().destroy();
      } else {
        server.process().destroyForcibly();
      }
      int exitCode = server.process().waitFor();
      return of(load.finish(), charges, exitCode);
    }
  }

  private static Stopping of(List<HttpReply> replies, Charges charges, int exitCode) {
    int answered = 0;
    int turnedAway = 0;
    int dropped = 0;
    int unseen = 0;
    for (HttpReply reply : replies) {
      // What was never sent cannot have been charged.
      boolean charged = reply.fate() != Fate.UNSENT && charges.charged(reply.number());
      if (reply.answered()) {
        answered++;
        unseen += reply.decided() && !charged ? 1 : 0;
      } else if (charged) {
        dropped++;
      } else {
        turnedAway++;
      }
    }
    return new Stopping(answered, turnedAway, dropped, unseen, exitCode);
  }
}
