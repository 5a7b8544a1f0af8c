package dev.ratelab.bench.load;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.server.check.CheckServer;
import dev.ratelab.server.http.ServerOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** A process of our server around a limiter that decides nothing: what HTTP alone costs. It serves until it is ended. */
public final class NoOpServer {
  private NoOpServer() {}

  /** Takes no arguments, and says where it listens in the words of the serve command. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Policy policy = Policy.of(Http.NO_OP, Algorithm.GCRA, Limit.of(100, Duration.ofSeconds(1)));
    RequestDecision decision = RequestDecision.of(policy.name(), Decision.allow(100, 99, 0));
    PrintStream out = System.out;
    try (CheckServer server = CheckServer.start(
        PolicySet.of(ScopedPolicy.perKey(policy)),
        request -> CompletableFuture.completedFuture(decision),
        ServerOptions.defaults().at("127.0.0.1", 0))) {
      out.println("Listening on http://127.0.0.1:" + server.port());
      out.flush();
      new CountDownLatch(1).await();
    }
  }
}
