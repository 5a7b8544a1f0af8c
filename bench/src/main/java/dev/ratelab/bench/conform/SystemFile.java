package dev.ratelab.bench.conform;

import dev.ratelab.bench.conform.SystemFolder.ByProgram;
import dev.ratelab.bench.conform.SystemFolder.ByServer;
import dev.ratelab.bench.conform.SystemFolder.BySubject;
import dev.ratelab.bench.conform.SystemFolder.Install;
import dev.ratelab.bench.conform.SystemFolder.Way;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.reports.results.JsonField;
import dev.ratelab.reports.results.ResultsException;
import dev.ratelab.reports.results.Scoreboard.Allowed;
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

/** Reads what a {@link SystemFolder} says of itself. */
public final class SystemFile {
  /** The file that makes a folder one of these. */
  public static final String FILE = "system.json";

  private static final Limit USUAL = Limit.of(10, Duration.ofSeconds(1));
  private static final Set<String> SOURCES = Set.of("npm", "debian", "maven");
  private static final Set<String> BACKENDS = Set.of("memory", "redis");

  private SystemFile() {}

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
    if (called == null || !called.toString().equals(system.name())) {
      throw root.at("name")
          .problem("must be its folder's name, but is '%s'".formatted(system.name()));
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
}
