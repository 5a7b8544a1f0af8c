package dev.ratelab.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.server.command.ServeMain;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A server in a JVM of its own, without Redis unless options say otherwise. */
public final class ServerJvm implements AutoCloseable {
  private static final Pattern LISTENING =
      Pattern.compile("Listening on .*127\\.0\\.0\\.1:(\\d+):.*");

  private final Process process;
  private final BufferedReader out;
  private final int port;

  private ServerJvm(Process process, BufferedReader out, int port) {
    this.process = process;
    this.out = out;
    this.port = port;
  }

  /** Starts a server on a free port in a JVM of its own. */
  public static List<String> command(List<String> jvmOptions, String... options) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    // The flags that keep newer JDKs from warning of what Netty does.
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(jvmOptions);
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), ServeMain.class.getName()));
    command.addAll(List.of("--port", "0"));
    command.addAll(List.of(options));
    return command;
  }

  /** Returns once it listens. */
  public static ServerJvm start(List<String> jvmOptions, String... options) throws IOException {
    List<String> command = command(jvmOptions, options);
    command.addAll(List.of("--redis", "none"));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    // Whoever waits for a line that never comes then reads the end.
    var unused =
        process.onExit().orTimeout(10, TimeUnit.MINUTES).exceptionally(late -> kill(process));
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder said = new StringBuilder();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      Matcher listening = LISTENING.matcher(line);
      if (listening.matches()) {
        return new ServerJvm(process, out, Integer.parseInt(listening.group(1)));
      }
      said.append(line).append('\n');
    }
    throw new IOException("it ended: " + said);
  }

  private static Process kill(Process process) {
    return process.destroyForcibly();
  }

  public int port() {
    return port;
  }

  public long pid() {
    return process.pid();
  }

  /** The next line of its output and log, or null if it has ended. */
  @Nullable
  public String line() throws IOException {
    return out.readLine();
  }

  /** Ends it as an operator does, and returns once it has ended by that. */
  public void stop() throws InterruptedException {
    assertThat(process.toHandle().destroy()).isTrue();
    assertThat(process.waitFor()).isEqualTo(128 + 15);
  }

  @Override
  public void close() throws IOException {
    kill(process).onExit().join();
    out.close();
  }
}
