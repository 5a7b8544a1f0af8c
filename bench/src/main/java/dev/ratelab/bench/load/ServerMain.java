package dev.ratelab.bench.load;

import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.server.check.CheckServer;
import dev.ratelab.server.http.ServerOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The process that {@link ServerProcess} starts. Reads what to serve from its standard input, a line each for subject, permits,
 * window in microseconds and Redis' URL; prints the port; serves until its input ends, which it does when the parent dies, too. The
 * URL may hold a password, so it is no argument: those are for everybody to see.
 */
public final class ServerMain {
  /** What the line with the port begins with. */
  static final String PORT = "port ";

  private ServerMain() {}

  /** Takes no arguments. */
  public static void main(String[] arguments) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    String subject = line(in);
    Limit limit =
        Limit.of(Long.parseLong(line(in)), Duration.ofNanos(1_000 * Long.parseLong(line(in))));
    String redis = line(in);
    PrintStream out = System.out;
    if (subject.equals(Http.NO_OP)) {
      Policy policy = Policy.of(Http.NO_OP, Algorithm.GCRA, limit);
      RequestDecision decision = RequestDecision.of(
          policy.name(), Decision.allow(limit.permits(), limit.permits() - 1, 0));
      serve(policy, request -> CompletableFuture.completedFuture(decision), in, out);
      return;
    }
    Subject served = Subject.parse(subject);
    Policy policy = Policy.of("http-" + served.client(), Algorithm.of(served.name()), limit)
        .withDeadline(Target.DEADLINE);
    if (!served.isRemote()) {
      try (RateLimiter limiter = RateLimiters.inMemory()) {
        serve(policy, limiter, in, out);
      }
      return;
    }
    RedisAddress address = RedisAddress.parse(redis);
    try (RedisClient client = served.client().equals("jedis")
            ? JedisClient.connect(address)
            : LettuceClient.connect(address);
        RateLimiter limiter =
            RateLimiters.guarded(client, "ratelab-bench-" + UUID.randomUUID(), Guard.defaults())) {
      serve(policy, limiter, in, out);
    }
  }

  private static void serve(Policy policy, RateLimiter limiter, BufferedReader in, PrintStream out)
      throws IOException {
    try (CheckServer server = CheckServer.start(
        PolicySet.of(ScopedPolicy.perKey(policy)),
        limiter,
        ServerOptions.defaults().at("127.0.0.1", 0))) {
      out.println(PORT + server.port());
      out.flush();
      @Nullable String end = in.readLine();
      while (end != null) {
        end = in.readLine();
      }
    }
  }

  private static String line(BufferedReader in) throws IOException {
    String line = in.readLine();
    if (line == null) {
      throw new IOException("the input ended before it told what to serve");
    }
    return line;
  }
}
