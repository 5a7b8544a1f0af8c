package dev.ratelab.bench.load;

import dev.ratelab.bench.JvmFlags;
import dev.ratelab.limiter.Limit;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One of our servers in a JVM of its own, so that it shares neither heap nor compiler with the generator. */
final class ServerProcess implements AutoCloseable {
  private static final int SECONDS_TO_STOP = 10;

  private final Process process;
  private final Writer input;
  private final int port;

  private ServerProcess(Process process, Writer input, int port) {
    this.process = process;
    this.input = input;
    this.port = port;
  }

  /**
   * Starts it.
   *
   * @param subject the id of what decides, or {@link Http#NO_OP}
   * @param redis the URL of its Redis, or null if it needs none
   * @throws IOException if it does not start
   */
  static ServerProcess start(String subject, Limit limit, @Nullable String redis)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JvmFlags.inherited());
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), ServerMain.class.getName()));
    Process process = new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    try {
      Writer input = process.outputWriter(StandardCharsets.UTF_8);
      input.write("%s\n%s\n%s\n%s\n"
          .formatted(
              subject,
              limit.permits(),
              limit.windowMicros(),
              Objects.requireNonNullElse(redis, "")));
      input.flush();
      BufferedReader output = new BufferedReader(
          new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (line.startsWith(ServerMain.PORT)) {
          int port = Integer.parseInt(line.substring(ServerMain.PORT.length()));
          return new ServerProcess(process, input, port);
        }
      }
      throw new IOException("the server of %s did not start".formatted(subject));
    } catch (IOException | RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  URI uri() {
    return URI.create("http://127.0.0.1:%s/check".formatted(port));
  }

  /** Its process. */
  long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    try {
      input.close();
      if (!process.waitFor(SECONDS_TO_STOP, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
