package dev.ratelab.bench.conform;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.reports.results.Scoreboard.Allowed;
import dev.ratelab.verification.conform.tested.NoAnswerException;
import dev.ratelab.verification.conform.tested.Setup;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import dev.ratelab.verification.conform.tested.TestedProgram;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder of {@code verification/systems}: a limiter of somebody's, how it is installed and asked, and what it promises.
 *
 * @param folder where its {@value SystemFile#FILE} is
 * @param backend {@code memory} or {@code redis}
 * @param algorithm what its words promise; null where they promise none of the seven
 * @param words a quotation of its documentation, which stands at {@code link}
 * @param limit what it is tested under
 * @param unitMicros the unit in which its clock counts
 * @param allowed what its documentation allows, so that it is no fault
 */
public record SystemFolder(
    Path folder,
    String name,
    String version,
    String language,
    String backend,
    @Nullable Algorithm algorithm,
    String words,
    String link,
    Install install,
    Way way,
    Limit limit,
    long unitMicros,
    List<Allowed> allowed) {
  /** How it is asked. */
  public sealed interface Way {}

  /** By a program that keeps to docs/conform-protocol.md. */
  public record ByProgram(List<String> command) implements Way {}

  /** By a server that a command starts, at a URL with places for the port and the key. */
  public record ByServer(List<String> command, String url) implements Way {}

  /** As a {@linkplain TestedSubject built-in subject}. */
  public record BySubject(String id) implements Way {}

  /**
   * How it is installed.
   *
   * @param command what installs it, run in its folder
   * @param present a file that is there when it is installed, or null
   * @param program a program that is on the PATH then, or null
   */
  public record Install(
      String from,
      String command,
      @Nullable String present,
      @Nullable String program) {}

  /** Whether it is installed here. */
  public boolean installed() {
    if (install.present() != null) {
      return Files.exists(folder.resolve(install.present()));
    }
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .anyMatch(place -> Files.isExecutable(Path.of(place, String.valueOf(install.program()))));
  }

  /**
   * Starts it, from an empty state.
   *
   * @param redis the URL of a Redis, empty for none
   * @param namespace what the names of its Redis keys begin with
   * @throws NoAnswerException if it does not start; the message tells its last words
   * @throws InterruptedException if the thread is interrupted
   */
  public TestedLimiter start(String redis, String namespace) throws InterruptedException {
    Setup setup = new Setup(limit, redis, namespace);
    if (way instanceof ByProgram program) {
      return TestedProgram.start(program.command(), folder, setup);
    }
    if (way instanceof ByServer server) {
      return TestedServer.start(server, folder, setup);
    }
    return TestedSubject.open(
        TestedSubject.parse(((BySubject) way).id()), limit, redis.isEmpty() ? null : redis);
  }
}
