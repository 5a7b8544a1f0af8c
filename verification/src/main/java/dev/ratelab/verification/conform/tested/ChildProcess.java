package dev.ratelab.verification.conform.tested;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A program that ends with this JVM, whatever ends that, and with it all that the program has started.
 *
 * <p>A killed JVM runs no shutdown hook. So a shell holds the JVM's end of a pipe, and when that closes, it kills the program's
 * process group. Where there is no {@code setsid} (macOS), the program has no group of its own: then a killed JVM only closes its
 * standard input.
 */
public final class ChildProcess implements AutoCloseable {
  private static final int LAST_WORDS = 5;
  private static final long PATIENCE_SECONDS = 2;

  // Outside of the JVM's group, so that Ctrl-C is the JVM's alone.
  private static final String LAUNCHER = """
      command -v setsid >/dev/null 2>&1 && exec setsid "$@"
      exec "$@"
      """;
  private static final String WATCHER = """
      trap '' INT HUP QUIT TERM
      read -r _
      kill -s KILL -- "-$1" 2>/dev/null
      """;

  private final String command;
  private final Process process;
  private final Process watcher;
  private final Thread errors;
  private final Deque<String> lastWords = new ArrayDeque<>();

  private ChildProcess(String command, Process process, Process watcher) {
    this.command = command;
    this.process = process;
    this.watcher = watcher;
    errors = new Thread(this::readErrors, "ratelab-stderr-" + process.pid());
    errors.setDaemon(true);
    errors.start();
  }

  /**
   * Starts a program.
   *
   * @param command the program and its arguments
   * @param directory its working directory
   * @param environment what its environment has beside this JVM's
   * @throws NoAnswerException if no process can be started. A program that is not there is one that ends: see {@link #ending}
   */
  public static ChildProcess start(
      List<String> command, Path directory, Map<String, String> environment) {
    List<String> launched = new ArrayList<>(List.of("sh", "-c", LAUNCHER, "launcher"));
    launched.addAll(command);
    ProcessBuilder program = new ProcessBuilder(launched).directory(directory.toFile());
    program.environment().putAll(environment);
    String line = String.join(" ", command);
    try {
      Process process = program.start();
      Process watcher =
          new ProcessBuilder("sh", "-c", WATCHER, "watcher", Long.toString(process.pid())).start();
      return new ChildProcess(line, process, watcher);
    } catch (IOException e) {
      throw new NoAnswerException(
          "'%s' does not start in %s: %s".formatted(line, directory, e.getMessage()), e);
    }
  }

  public BufferedReader output() {
    return process.inputReader(StandardCharsets.UTF_8);
  }

  public OutputStream input() {
    return process.getOutputStream();
  }

  public boolean alive() {
    return process.isAlive();
  }

  /** One clause that tells how it ended, or that it has not, and the last lines of its standard error. */
  public String ending() {
    try {
      boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (ended) {
        // It may have left a child that holds the stream.
        errors.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
      }
      return "'%s' %s; its last words: %s"
          .formatted(
              command,
              ended ? "ended with exit code " + process.exitValue() : "is still there",
              lastWords());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "'%s' was given up".formatted(command);
    }
  }

  private String lastWords() {
    synchronized (lastWords) {
      return lastWords.isEmpty() ? "(none)" : String.join(" | ", lastWords);
    }
  }

  private void readErrors() {
    try (BufferedReader lines = process.errorReader(StandardCharsets.UTF_8)) {
      lines.lines().filter(line -> !line.isBlank()).forEach(line -> {
        synchronized (lastWords) {
          if (lastWords.size() == LAST_WORDS) {
            lastWords.remove();
          }
          lastWords.add(line.strip());
        }
      });
    } catch (IOException | UncheckedIOException e) {
      // It was killed.
    }
  }

  /** Closes its standard input, gives it two seconds to end, then kills it and all that it has started. */
  @Override
  public void close() {
    // On another thread: whoever writes to a program that does not read holds the stream.
    CompletableFuture<Void> closing = CompletableFuture.runAsync(
        () -> close(process), task -> new Thread(task, "ratelab-closing").start());
    List<ProcessHandle> children = process.descendants().toList();
    try {
      var unused = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      close(watcher);
      watcher.waitFor();
      children.forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
      closing.join();
    } catch (InterruptedException e) {
      close(watcher);
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static void close(Process process) {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // It has ended.
    }
  }
}
