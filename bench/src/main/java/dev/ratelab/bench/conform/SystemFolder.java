package dev.ratelab.bench.conform;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.reports.results.JsonField;
import dev.ratelab.reports.results.ResultsException;
import dev.ratelab.reports.results.Scoreboard.Allowed;
import dev.ratelab.verification.conform.tested.NoAnswerException;
import dev.ratelab.verification.conform.tested.Setup;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import dev.ratelab.verification.conform.tested.TestedProgram;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder of {@code verification/systems}: a limiter of somebody's, how it is installed and asked, and what it promises.
 *
 * @param folder where its {@value #FILE} is
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
  /** The file that makes a folder one of these. */
  public static final String FILE = "system.json";

  private static final Limit USUAL = Limit.of(10, Duration.ofSeconds(1));
  private static final Set<String> SOURCES = Set.of("npm", "debian", "maven");
  private static final Set<String> BACKENDS = Set.of("memory", "redis");

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

  /**
   * All folders in one that have a {@value #FILE}, by name.
   *
   * @throws IOException if one cannot be read or says something that it must not; the message is one sentence
   */
  public static List<SystemFolder> all(Path systems) throws IOException {
    List<Path> folders;
    try (Stream<Path> entries = Files.list(systems)) {
      folders = entries
          .filter(entry -> Files.isRegularFile(entry.resolve(FILE)))
          .sorted()
          .toList();
    }
    List<SystemFolder> all = new ArrayList<>();
    for (Path folder : folders) {
      all.add(read(folder));
    }
    return all;
  }

  /**
   * Reads one.
   *
   * @throws IOException as {@link #all}
   */
  public static SystemFolder read(Path folder) throws IOException {
    JsonField root = JsonField.read(folder.resolve(FILE));
    JsonField promise = root.at("promise");
    SystemFolder system = new SystemFolder(
        folder,
        root.at("name").string(),
        root.at("version").string(),
        root.at("language").string(),
        one(root.at("backend"), BACKENDS),
        algorithm(promise.at("algorithm")),
        promise.at("words").string(),
        promise.at("link").string(),
        install(root.at("install")),
        way(root),
        limit(root),
        TimeUnit.MILLISECONDS.toMicros(
            root.at("unitMs").optional(JsonField::whole).orElse(1L)),
        root.at("allowed").optional(all -> all.list(Allowed::read)).orElse(List.of()));
    Path called = folder.getFileName();
    if (called == null || !called.toString().equals(system.name)) {
      throw root.at("name")
          .problem("must be its folder's name, but is '%s'".formatted(system.name));
    }
    return system;
  }

  private static String one(JsonField field, Set<String> accepted) throws ResultsException {
    String text = field.string();
    if (!accepted.contains(text)) {
      throw field.problem("is '%s'; accepted: %s"
          .formatted(text, String.join(", ", accepted.stream().sorted().toList())));
    }
    return text;
  }

  private static @Nullable Algorithm algorithm(JsonField field) throws ResultsException {
    String id = field.string();
    try {
      return id.equals("none") ? null : Algorithm.of(id);
    } catch (IllegalArgumentException e) {
      throw field.problem(": " + e.getMessage() + ", or none");
    }
  }

  private static Install install(JsonField install) throws ResultsException {
    String from = one(install.at("from"), SOURCES);
    Optional<String> file = install.at("present").optional(JsonField::string);
    Optional<String> program = install.at("program").optional(JsonField::string);
    if (file.isPresent() == program.isPresent()) {
      throw install.problem("must have either present or program");
    }
    return new Install(
        from, install.at("command").string(), file.orElse(null), program.orElse(null));
  }

  private static Way way(JsonField root) throws ResultsException {
    if (root.at("command").present()) {
      return new ByProgram(strings(root.at("command")));
    }
    if (root.at("server").present()) {
      return new ByServer(strings(root.at("server")), root.at("url").string());
    }
    if (root.at("subject").present()) {
      return new BySubject(root.at("subject").string());
    }
    throw root.problem("has none of command, server and subject");
  }

  private static List<String> strings(JsonField array) throws ResultsException {
    List<String> strings = array.list(JsonField::string);
    if (strings.isEmpty()) {
      throw array.problem("must not be empty");
    }
    return strings;
  }

  private static Limit limit(JsonField root) throws ResultsException {
    JsonField limit = root.at("limit");
    if (!limit.present()) {
      return USUAL;
    }
    if (!root.at("limitWhy").present()) {
      throw root.at("limitWhy").problem("must say why it has a limit of its own");
    }
    try {
      long permits = limit.at("permits").whole();
      Duration window = Duration.ofMillis(limit.at("windowMs").whole());
      Limit own = Limit.of(permits, window);
      return limit.at("burst").present() ? own.withBurst(limit.at("burst").whole()) : own;
    } catch (IllegalArgumentException e) {
      throw limit.problem(": " + e.getMessage());
    }
  }

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
