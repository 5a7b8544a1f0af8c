package dev.ratelab.verification.service;

import dev.ratelab.server.command.ServeMain;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code ratelab serve} in a JVM of its own, as its users run it. */
final class ServerUnderTest implements AutoCloseable {
  private static final Pattern LISTENING =
      Pattern.compile("Listening on http://127\\.0\\.0\\.1:(\\d+): .*");
  private static final int SECONDS_TO_STOP = 60;

  private final Process process;
  private final int port;

  private ServerUnderTest(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts it on a free port.
   *
   * @throws IOException if it does not start; what it said went to standard error
   */
  static ServerUnderTest start(String... options) throws IOException {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        System.getProperty("java.class.path"),
        ServeMain.class.getName(),
        "--port",
        "0"));
    command.addAll(List.of(options));
    Process process =
        new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    try {
      // Left open: the server must not find its standard output closed.
      BufferedReader output = new BufferedReader(
          new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        Matcher listening = LISTENING.matcher(line);
        if (listening.matches()) {
          return new ServerUnderTest(process, Integer.parseInt(listening.group(1)));
        }
      }
      throw new IOException("the server did not start: serve %s".formatted(List.of(options)));
    } catch (IOException | RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** SIGTERM: it is to answer what it has read, and to end. */
  void terminate() {
    process.destroy();
  }

  /** SIGKILL: it ends in the middle of whatever it does. */
  void kill() {
    process.destroyForcibly();
  }

  /**
   * Waits until it has ended.
   *
   * @return its exit code
   * @throws IOException if it does not end
   */
  int awaitEnd() throws IOException, InterruptedException {
    if (!process.waitFor(SECONDS_TO_STOP, TimeUnit.SECONDS)) {
      throw new IOException("the server did not end in %s s".formatted(SECONDS_TO_STOP));
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
