package dev.ratelab.bench.load;

import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicyLimiter;
import dev.ratelab.limiter.memory.MemoryPolicyLimiter;
import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisPolicyLimiter;
import dev.ratelab.server.CheckServer;
import dev.ratelab.server.ServerOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
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
      serve(new NoOp(limit), in, out);
      return;
    }
    Subject served = Subject.parse(subject);
    Policy policy = Policy.of("http-" + served.client(), Algorithm.of(served.name()), limit)
        .withDeadline(Target.DEADLINE);
    if (!served.isRemote()) {
      try (PolicyLimiter limiter = MemoryPolicyLimiter.of(policy)) {
        serve(limiter, in, out);
      }
      return;
    }
    RedisAddress address = RedisAddress.parse(redis);
    try (RedisClient client = served.client().equals("jedis")
            ? JedisClient.connect(address)
            : LettuceClient.connect(address);
        PolicyLimiter limiter =
            RedisPolicyLimiter.of(policy, client, "ratelab-bench-" + UUID.randomUUID())) {
      serve(limiter, in, out);
    }
  }

  private static void serve(PolicyLimiter limiter, BufferedReader in, PrintStream out)
      throws IOException {
    try (CheckServer server =
        CheckServer.start(limiter, ServerOptions.defaults().at("127.0.0.1", 0))) {
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

  /** Decides nothing: what HTTP alone costs on this server. */
  private static final class NoOp implements PolicyLimiter {
    private final Policy policy;
    private final Decision decision;

    NoOp(Limit limit) {
      policy = Policy.of(Http.NO_OP, Algorithm.GCRA, limit);
      decision = Decision.allow(limit.permits(), limit.permits() - 1, 0);
    }

    @Override
    public Policy policy() {
      return policy;
    }

    @Override
    public Decision check(String key, long cost) {
      return decision;
    }
  }
}
