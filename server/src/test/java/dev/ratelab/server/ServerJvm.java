package dev.ratelab.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A server in a JVM of its own, without Redis unless options say otherwise. */
final class ServerJvm implements AutoCloseable {
  private final Process process;
  private final BufferedReader out;
  private final int port;

  private ServerJvm(Process process, BufferedReader out, int port) {
    this.process = process;
    this.out = out;
    this.port = port;
  }

  /** Returns once it listens. */
  static ServerJvm start(List<String> jvmOptions, String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    // The flags that keep newer JDKs from warning of what Netty does.
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(jvmOptions);
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), ServeMain.class.getName()));
    command.addAll(List.of("--port", "0", "--redis", "none"));
    command.addAll(List.of(options));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = String.valueOf(out.readLine());
    while (!line.startsWith("Listening on ")) {
      if (!process.isAlive()) {
        throw new IOException("it ended: " + line);
      }
      line = String.valueOf(out.readLine());
    }
    return new ServerJvm(
        process, out, Integer.parseInt(line.replaceFirst(".*127\\.0\\.0\\.1:(\\d+):.*", "$1")));
  }

  int port() {
    return port;
  }

  long pid() {
    return process.pid();
  }

  /** The next line of its output and log, or null if it has ended. */
  String line() throws IOException {
    return String.valueOf(out.readLine());
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
