package dev.ratelab.limiter.redis.launch;

import dev.ratelab.limiter.redis.RedisAddress;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import redis.embedded.RedisExecProvider;

/**
 * The Redis binary that embedded-redis carries, as a process of ours: on a free port of the loopback, without persistence, in a
 * directory that goes with it.
 *
 * <p>The library would stop it from a shutdown hook, which a killed JVM never runs. So a shell stands between: it holds the
 * JVM's end of a pipe, and when that closes, for whatever reason, it ends Redis and removes the directory.
 */
final class EmbeddedRedis {
  private static final int ATTEMPTS = 5;
  private static final long START_SECONDS = 20;

  // A group of its own, so that Ctrl-C in a terminal reaches the JVM, which stops Redis when it is
  // done with it.
  private static final String SUPERVISOR = """
      trap '' INT HUP
      set -m 2>/dev/null
      dir=$1
      shift
      "$@" >"$dir/log" 2>&1 </dev/null &
      redis=$!
      cat >/dev/null
      kill -KILL "$redis" 2>/dev/null
      wait "$redis" 2>/dev/null
      rm -rf "$dir"
      """;

  private final Process supervisor;
  private final RedisAddress address;

  private EmbeddedRedis(Process supervisor, RedisAddress address) {
    this.supervisor = supervisor;
    this.address = address;
  }

  static EmbeddedRedis start() {
    String log = "";
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        Path directory = Files.createTempDirectory("ratelab-redis-");
        EmbeddedRedis redis = launch(directory, binary(directory));
        log = redis.awaitReady(directory.resolve("log"));
        if (log.isEmpty()) {
          return redis;
        }
        redis.stop();
      } catch (IOException e) {
        throw new NoRedisException("the embedded Redis could not be started: " + e.getMessage(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new NoRedisException("interrupted while the embedded Redis started", e);
      }
    }
    throw new NoRedisException("the embedded Redis did not start; its last words: " + log, null);
  }

  RedisAddress address() {
    return address;
  }

  void stop() {
    try {
      supervisor.getOutputStream().close();
      supervisor.waitFor(10, TimeUnit.SECONDS);
    } catch (IOException e) {
      // The supervisor has gone already, and Redis with it.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Moved into our directory, since the library leaves its copy behind when the JVM is killed. */
  private static Path binary(Path directory) throws IOException {
    File extracted;
    try {
      extracted = RedisExecProvider.defaultProvider().get();
    } catch (RuntimeException e) {
      throw new NoRedisException("embedded-redis has no Redis for this operating system", e);
    }
    Path binary = Files.move(
        extracted.toPath(), directory.resolve("redis-server"), StandardCopyOption.REPLACE_EXISTING);
    if (!binary.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + binary + " executable");
    }
    Files.deleteIfExists(extracted.toPath().getParent());
    return binary;
  }

  private static EmbeddedRedis launch(Path directory, Path binary) throws IOException {
    int port = freePort();
    List<String> command = List.of(
        "sh",
        "-c",
        SUPERVISOR,
        "ratelab-redis",
        directory.toString(),
        binary.toString(),
        "--port",
        Integer.toString(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        directory.toString(),
        "--save",
        "",
        "--appendonly",
        "no",
        "--daemonize",
        "no");
    Process supervisor = new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
    return new EmbeddedRedis(supervisor, RedisAddress.of("127.0.0.1", port));
  }

  /** Returns nothing when Redis accepts connections, otherwise the end of its log. */
  private String awaitReady(Path log) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    String text = "";
    while (System.nanoTime() < end && supervisor.isAlive()) {
      text = Files.exists(log) ? Files.readString(log) : "";
      if (text.contains("Ready to accept connections")) {
        return "";
      }
      if (text.contains("Could not create server TCP") || text.contains("Failed listening")) {
        break;
      }
      Thread.sleep(10);
    }
    List<String> lines = text.lines().toList();
    return lines.isEmpty() ? "(none)" : lines.get(lines.size() - 1);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
