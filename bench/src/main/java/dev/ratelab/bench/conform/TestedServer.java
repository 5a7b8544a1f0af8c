package dev.ratelab.bench.conform;

import dev.ratelab.bench.peer.Program;
import dev.ratelab.verification.conform.tested.Admission;
import dev.ratelab.verification.conform.tested.ChildProcess;
import dev.ratelab.verification.conform.tested.NoAnswerException;
import dev.ratelab.verification.conform.tested.RequestTemplate;
import dev.ratelab.verification.conform.tested.Setup;
import dev.ratelab.verification.conform.tested.TestedUrl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** An HTTP server that is started for a test, with a port and an empty folder of its own. */
final class TestedServer extends TestedUrl {
  private static final long START_SECONDS = 20;
  private static final long BETWEEN_MILLIS = 20;

  /** What it prints is shown when it fails, whichever way it goes. */
  private static final List<String> ALL_TO_STDERR =
      List.of("sh", "-c", "exec \"$@\" >&2", "server");

  private final ChildProcess process;
  private final Path files;

  private TestedServer(String address, ChildProcess process, Path files) {
    super(RequestTemplate.parse(address, "GET", List.of()), Admission.BY_STATUS, null);
    this.process = process;
    this.files = files;
  }

  /**
   * Starts one and waits until it listens.
   *
   * @param folder its working directory
   * @throws NoAnswerException if it does not start
   * @throws InterruptedException if the thread is interrupted
   */
  static TestedServer start(SystemFolder.ByServer server, Path folder, Setup setup)
      throws InterruptedException {
    List<String> command = new ArrayList<>(ALL_TO_STDERR);
    command.addAll(server.command());
    Map<String, String> environment = new HashMap<>(setup.environment(Duration.ZERO));
    int port;
    Path files;
    try {
      port = Program.freePort();
      files = Files.createTempDirectory("ratelab-system");
    } catch (IOException e) {
      throw new NoAnswerException("there is no port or no folder for it: " + e.getMessage(), e);
    }
    environment.put("RATELAB_PORT", Integer.toString(port));
    environment.put("RATELAB_DIRECTORY", files.toString());
    String address = server.url().replace("${port}", Integer.toString(port));
    TestedServer started =
        new TestedServer(address, ChildProcess.start(command, folder, environment), files);
    try {
      started.await(port);
    } catch (NoAnswerException | InterruptedException e) {
      started.close();
      throw e;
    }
    return started;
  }

  private void await(int port) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (process.alive() && System.nanoTime() < deadline) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        return;
      } catch (IOException e) {
        TimeUnit.MILLISECONDS.sleep(BETWEEN_MILLIS);
      }
    }
    throw new NoAnswerException("it does not listen on its port: " + process.ending(), null);
  }

  @Override
  public void close() {
    super.close();
    process.close();
    try (Stream<Path> all = Files.walk(files)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      // What is left in the folder for temporary files is no harm.
    }
  }
}
