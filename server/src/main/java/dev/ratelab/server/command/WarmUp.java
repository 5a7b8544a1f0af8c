package dev.ratelab.server.command;

import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.server.check.CheckServer;
import dev.ratelab.server.http.ServerOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

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

  private WarmUp() {}

  /** Returns when all of them are answered, or after two seconds. The limiter decides these checks and no others. */
  static void run(PolicySet policies, RateLimiter limiter) {
    InetAddress here = InetAddress.getLoopbackAddress();
    ServerOptions options =
        ServerOptions.defaults().at(here.getHostAddress(), 0).withGrace(Duration.ZERO);
    long end = System.nanoTime() + LONGEST.toNanos();
    try (CheckServer server = CheckServer.start(policies, limiter, options);
        Socket client = new Socket(here, server.port())) {
      client.setSoTimeout((int) LONGEST.toMillis());
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
