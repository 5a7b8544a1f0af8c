package dev.ratelab.bench.peer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A program that listens on a port of the loopback. A shell stands between, which holds this JVM's end of a pipe: when that
 * closes, for whatever reason, it ends the program and removes its directory.
 */
public final class Program implements AutoCloseable {
  private static final long START_SECONDS = 60;
  private static final long STOP_SECONDS = 10;
  private static final int CONNECT_MILLIS = 500;

  // Debian installs servers where a user's PATH does not look.
  private static final List<String> MORE_FOLDERS = List.of("/usr/sbin", "/usr/local/sbin");

  // TERM and not KILL: a master that is killed leaves its workers behind.
  private static final String SUPERVISOR = """
      trap '' INT HUP QUIT TERM
      dir=$1
      shift
      exec 3<&0
      (trap - TERM; exec "$@") >"$dir/log" 2>&1 </dev/null 3<&- &
      program=$!
      (read -r _ <&3; kill -TERM "$program") 2>/dev/null &
      watcher=$!
      wait "$program" 2>/dev/null
      kill -KILL "$watcher" 2>/dev/null
      wait "$watcher" 2>/dev/null
      : >"$dir/ended"
      read -r _ <&3
      rm -rf "$dir"
      """;

  private final Process supervisor;
  private @Nullable URI uri;

  private Program(Process supervisor) {
    this.supervisor = supervisor;
  }

  /** Tells from what a program has printed where it can be asked; null while it cannot. */
  @FunctionalInterface
  public interface Ready {
    /** Asked again and again until it tells. */
    @Nullable
    URI uri(String log);
  }

  /** The file to run, if it is installed. */
  static Optional<Path> find(String name) {
    String path = System.getenv().getOrDefault("PATH", "");
    Stream<String> folders =
        Stream.concat(Stream.of(path.split(File.pathSeparator, -1)), MORE_FOLDERS.stream());
    return folders
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** All that a program prints before it ends. */
  static String output(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      return new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    } catch (IOException e) {
      throw new IllegalStateException("cannot run " + command[0], e);
    }
  }

  /** A port of the loopback that nobody listens on. */
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Starts one that was told to listen on a port, and waits until it accepts connections there. */
  static Program start(Path directory, int port, List<String> command)
      throws IOException, InterruptedException {
    return start(
        directory,
        Map.of(),
        command,
        log -> accepts(port) ? URI.create("http://127.0.0.1:%s/check".formatted(port)) : null);
  }

  /**
   * Starts one and waits until it is ready.
   *
   * @param directory its own, removed when it has ended
   * @param environment variables besides those of this process
   * @throws IOException if it ends or is not ready within {@value #START_SECONDS} s; the message holds its last words
   */
  public static Program start(
      Path directory, Map<String, String> environment, List<String> command, Ready ready)
      throws IOException, InterruptedException {
    List<String> supervised =
        new ArrayList<>(List.of("sh", "-c", SUPERVISOR, "ratelab-peer", directory.toString()));
    supervised.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(supervised)
        .directory(directory.toFile())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().putAll(environment);
    Program program = new Program(builder.start());
    try {
      program.uri = awaitReady(directory, command.get(0), ready);
      return program;
    } finally {
      if (program.uri == null) {
        program.close();
      }
    }
  }

  private static URI awaitReady(Path directory, String name, Ready ready)
      throws IOException, InterruptedException {
    Path log = directory.resolve("log");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (System.nanoTime() < end && !Files.exists(directory.resolve("ended"))) {
      URI uri = ready.uri(words(log));
      if (uri != null) {
        return uri;
      }
      Thread.sleep(10);
    }
    String words = words(log);
    throw new IOException(
        "%s did not start; its last words: %s".formatted(name, words.isEmpty() ? "(none)" : words));
  }

  private static String words(Path log) throws IOException {
    return Files.exists(log) ? Files.readString(log).strip() : "";
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Where it listens, such as {@code http://127.0.0.1:PORT/check}. */
  public URI uri() {
    return Objects.requireNonNull(uri, "started");
  }

  /** The program's process, not that of the shell around it. */
  public ProcessHandle process() {
    return supervisor
        .descendants()
        .filter(one -> !one.info().command().orElse("").endsWith("sh"))
        .findFirst()
        .orElseThrow();
  }

  /** Stops it and waits until it has ended. */
  @Override
  public void close() {
    try {
      supervisor.getOutputStream().close();
      supervisor.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (IOException e) {
      // The supervisor has gone already, and the program with it.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
