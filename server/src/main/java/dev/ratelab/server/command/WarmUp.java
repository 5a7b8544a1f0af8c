package dev.ratelab.server.command;

import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.server.check.CheckServer;
import dev.ratelab.server.http.ServerOptions;
import dev.ratelab.server.policies.Backend;
import dev.ratelab.server.policies.Configuration;
import dev.ratelab.server.policies.ProbeDecision;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Has a server like the one to come, on a port of its own that only this machine reaches, answer some thousand checks. Then the classes
 * that a check needs are loaded and most of its code is compiled when the first client comes; a JVM that does so under many clients
 * misses deadlines, and looks like one that has too much to do.
 */
final class WarmUp {
  private static final int CHECKS = 5_000;
  private static final int AT_ONCE = 50;
  private static final Duration LONGEST = Duration.ofSeconds(2);
  private static final String CHECK =
      "POST /check HTTP/1.1\r\nHost: localhost\r\nContent-Length: 13\r\n\r\n{\"key\":\"own\"}";

  /** A block lasts for many checks, and is over soon. */
  private static final Limit LENDING = Limit.of(1_000, Duration.ofMillis(1));

  private static final Lease LEASE = new Lease(LENDING.permits(), LENDING.windowMicros());

  private WarmUp() {}

  /**
   * By each algorithm that these policies have on each backend, and on Redis with leases if one of them has a lease.
   *
   * @param onRedis makes a limiter that nobody else has, or null if no Redis is open
   */
  static void run(Configuration configuration, @Nullable Supplier<RateLimiter> onRedis) {
    warm(own(configuration, Backend.MEMORY), RateLimiters.inMemory());
    if (onRedis == null) {
      return;
    }
    List<ScopedPolicy> own = own(configuration, Backend.REDIS);
    warm(own, onRedis.get());
    if (configuration.policies().all().stream().anyMatch(each -> each.policy().lease() != null)) {
      warm(own.stream().map(WarmUp::lending).toList(), onRedis.get());
    }
  }

  private static List<ScopedPolicy> own(Configuration configuration, Backend backend) {
    return ProbeDecision.policies(configuration, backend, Policy.DEFAULT_DEADLINE);
  }

  private static ScopedPolicy lending(ScopedPolicy own) {
    return ScopedPolicy.perKey(own.policy().withLimit(LENDING).withLease(LEASE));
  }

  private static void warm(List<ScopedPolicy> own, RateLimiter limiter) {
    if (!own.isEmpty()) {
      answerChecks(
          PolicySet.of(own, own.stream().map(ScopedPolicy::name).toList(), Map.of()),
          limiter,
          LONGEST);
    }
  }

  /** Returns when all of them are answered, or when the longest time is over. The limiter decides these checks and no others. */
  static void answerChecks(PolicySet policies, RateLimiter limiter, Duration longest) {
    InetAddress here = InetAddress.getLoopbackAddress();
    ServerOptions options =
        ServerOptions.defaults().at(here.getHostAddress(), 0).withGrace(Duration.ZERO);
    long end = System.nanoTime() + longest.toNanos();
    try (CheckServer server = CheckServer.start(policies, limiter, options);
        Socket client = new Socket(here, server.port())) {
      client.setSoTimeout((int) longest.toMillis());
      byte[] checks = CHECK.repeat(AT_ONCE).getBytes(StandardCharsets.US_ASCII);
      BufferedReader answers = new BufferedReader(
          new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
      for (int sent = 0; sent < CHECKS && System.nanoTime() - end < 0; sent += AT_ONCE) {
        client.getOutputStream().write(checks);
        for (int answered = 0; answered < AT_ONCE; ) {
          String line = answers.readLine();
          if (line == null) {
            return;
          }
          answered += line.contains("HTTP/1.1 ") ? 1 : 0;
        }
      }
    } catch (IOException e) {
      // Then the first clients find it cold.
    }
  }
}
