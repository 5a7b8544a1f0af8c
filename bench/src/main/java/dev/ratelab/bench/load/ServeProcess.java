package dev.ratelab.bench.load;

import dev.ratelab.bench.Environment;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.peer.Program;
import dev.ratelab.limiter.DurationText;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.server.command.ServeMain;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What {@code ratelab serve} starts, in a JVM of its own with the flags of this one. */
final class ServeProcess {
  private static final String PASSWORD = "RATELAB_REDIS_PASSWORD";
  private static final Pattern LISTENING = Pattern.compile("Listening on (http://[^:]+:\\d+)");

  private static final int SECONDS_TO_DECIDE = 20;
  private static final int PATIENCE_MILLIS = 1_000;

  private ServeProcess() {}

  /**
   * The command's options for a subject, without a password.
   *
   * @param redis the URL of its Redis, or null if it needs none
   */
  static List<String> options(Subject subject, Limit limit, @Nullable String redis) {
    List<String> options = new ArrayList<>(List.of(
        "--port", "0",
        "--algorithm", subject.name(),
        "--limit", Long.toString(limit.permits()),
        "--window", DurationText.of(limit.window())));
    if (redis == null) {
      options.addAll(List.of("--redis", "none"));
    } else {
      // In a list of processes everybody would see a password.
      String open = redis.replaceFirst("//([^:@/]*):[^@/]*@", "//$1@").replace("//@", "//");
      options.addAll(List.of(
          "--redis",
          open,
          "--client",
          subject.client(),
          "--namespace",
          "ratelab-bench-" + UUID.randomUUID()));
    }
    return options;
  }

  /**
   * Starts it, and returns when it decides.
   *
   * @param options as {@link #options} gives them
   * @param redis the URL whose password it needs, or null
   * @throws IOException if it does not start; the message holds its last words
   */
  static Program start(List<String> options, @Nullable String redis)
      throws IOException, InterruptedException {
    String password = redis == null ? null : RedisAddress.parse(redis).password();
    Program running =
        start(ServeMain.class, options, password == null ? Map.of() : Map.of(PASSWORD, password));
    // It listens before its Redis has made a decision.
    boolean ready = false;
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_TO_DECIDE);
      while (!isHealthy(running.uri().resolve("/health"))) {
        if (System.nanoTime() > end) {
          throw new IOException(
              "the server made no decision within %s s".formatted(SECONDS_TO_DECIDE));
        }
        Thread.sleep(20);
      }
      ready = true;
      return running;
    } finally {
      if (!ready) {
        running.close();
      }
    }
  }

  private static boolean isHealthy(URI uri) {
    try {
      HttpURLConnection health = (HttpURLConnection) uri.toURL().openConnection();
      health.setConnectTimeout(PATIENCE_MILLIS);
      health.setReadTimeout(PATIENCE_MILLIS);
      return health.getResponseCode() == HttpURLConnection.HTTP_OK;
    } catch (IOException e) {
      return false;
    }
  }

  /** The same server around no decision. */
  static Program startNoOp() throws IOException, InterruptedException {
    return start(NoOpServer.class, List.of(), Map.of());
  }

  private static Program start(
      Class<?> main, List<String> arguments, Map<String, String> environment)
      throws IOException, InterruptedException {
    List<String> command = Environment.java(main);
    command.addAll(arguments);
    return Program.start(Files.createTempDirectory("ratelab-serve-"), environment, command, log -> {
      Matcher listening = LISTENING.matcher(log);
      return listening.find() ? URI.create(listening.group(1)).resolve("/check") : null;
    });
  }
}
