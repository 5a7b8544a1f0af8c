package dev.ratelab.limiter.redis.launch;

import dev.ratelab.limiter.redis.RedisAddress;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
  static final int ANY_PORT = 0;
  private static final String BINARY = "redis-server";
  private static final String NODES = "nodes.conf";
  private static final long START_SECONDS = 60;

  // In a session of its own, no signal to the JVM's group reaches the supervisor or Redis, and
  // neither
  // can take the terminal: Ctrl-C is the JVM's, which stops Redis when it is done with it. Where
  // there
  // is no setsid (macOS), `set -m` gives Redis a group at least; with a terminal dash would make
  // that
  // group the foreground one, so it is not used where setsid is.
  private static final String LAUNCHER = """
      script=$1
      shift
      if command -v setsid >/dev/null 2>&1; then
        exec setsid sh -c "$script" "$@"
      fi
      exec sh -c "set -m 2>/dev/null
      $script" "$@"
      """;

  // No signal may end the supervisor before its work is done. The watcher is a `read`, not a `cat`,
  // so
  // that it can be ended as one process; and it must be, once Redis is gone, since another process
  // may
  // get that process id.
  private static final String SUPERVISOR = """
      trap '' INT HUP QUIT TERM
      dir=$1
      shift
      exec 3<&0
      "$@" >"$dir/log" 2>&1 </dev/null 3<&- &
      redis=$!
      (read -r _ <&3; kill -KILL "$redis") 2>/dev/null &
      watcher=$!
      wait "$redis" 2>/dev/null
      kill -KILL "$watcher" 2>/dev/null
      wait "$watcher" 2>/dev/null
      : >"$dir/ended"
      read -r _ <&3
      rm -rf "$dir"
      """;

  private final Process supervisor;
  private final RedisAddress address;

  private EmbeddedRedis(Process supervisor, RedisAddress address) {
    this.supervisor = supervisor;
    this.address = address;
  }

  static EmbeddedRedis start(int port) {
    return start(port, null);
  }

  /**
   * A node of a cluster.
   *
   * @param bus where the nodes talk to each other
   * @param nodes what it knows of its cluster, as Redis itself would have written it
   */
  record ClusterNode(int bus, String nodes) {}

  static EmbeddedRedis start(int port, @Nullable ClusterNode node) {
    String log = "";
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        Path directory = Files.createTempDirectory("ratelab-redis-");
        EmbeddedRedis redis = launch(directory, port, node);
        boolean ready = false;
        try {
          log = redis.awaitReady(directory);
          ready = log.isEmpty();
        } finally {
          if (!ready) {
            redis.stop();
          }
        }
        if (ready) {
          return redis;
        }
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
        extracted.toPath(), directory.resolve(BINARY), StandardCopyOption.REPLACE_EXISTING);
    if (!binary.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + binary + " executable");
    }
    Path emptied = extracted.toPath().toAbsolutePath().getParent();
    if (emptied != null) {
      Files.deleteIfExists(emptied);
    }
    return binary;
  }

  private static EmbeddedRedis launch(Path directory, int port, @Nullable ClusterNode node)
      throws IOException {
    Path nodes = directory.resolve(NODES);
    try {
      if (node != null) {
        Files.writeString(nodes, node.nodes);
      }
      return supervise(directory, binary(directory), port == ANY_PORT ? freePort() : port, node);
    } catch (IOException | RuntimeException e) {
      // Nobody else will: the supervisor never began.
      Files.deleteIfExists(nodes);
      Files.deleteIfExists(directory.resolve(BINARY));
      Files.deleteIfExists(directory);
      throw e;
    }
  }

  private static EmbeddedRedis supervise(
      Path directory, Path binary, int port, @Nullable ClusterNode node) throws IOException {
    List<String> command = new ArrayList<>(List.of(
        "sh",
        "-c",
        LAUNCHER,
        "launcher",
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
        "no"));
    if (node != null) {
      command.addAll(List.of(
          "--cluster-enabled",
          "yes",
          "--cluster-config-file",
          NODES,
          "--cluster-port",
          Integer.toString(node.bus),
          // Otherwise a primary waits 5 s for other replicas that may want the same snapshot.
          "--repl-diskless-sync-delay",
          "0"));
    }
    Process supervisor = new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
    return new EmbeddedRedis(supervisor, RedisAddress.of("127.0.0.1", port));
  }

  /** Returns nothing when Redis accepts connections, otherwise the end of its log. */
  private String awaitReady(Path directory) throws IOException, InterruptedException {
    Path log = directory.resolve("log");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    boolean ended = false;
    String text = "";
    while (System.nanoTime() < end && !ended) {
      ended = Files.exists(directory.resolve("ended")) || !supervisor.isAlive();
      text = Files.exists(log) ? Files.readString(log) : "";
      if (text.contains("Ready to accept connections")) {
        return "";
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
