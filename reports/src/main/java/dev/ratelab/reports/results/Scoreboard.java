package dev.ratelab.reports.results;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which systems a run of {@code scoreboard} is about. What it found out about those that it tested is in their
 * {@linkplain ConformVerdict verdicts}.
 *
 * @param environment where it ran, in the order to be shown
 */
public record Scoreboard(int schema, Map<String, String> environment, List<Entry> systems) {
  /** The file of a run. */
  public static final String FILE = "scoreboard.json";

  private static final int SCHEMA = 1;
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  /** Copies the collections. */
  public Scoreboard {
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    systems = List.copyOf(systems);
  }

  /** The newest version of the format. */
  public Scoreboard(Map<String, String> environment, List<Entry> systems) {
    this(SCHEMA, environment, systems);
  }

  /** How far a system got. */
  public enum State {
    /** It has a verdict. */
    TESTED,
    /** It is not installed. */
    ABSENT,
    /** It did not start, or stopped answering. */
    FAILED,
    /** Its turn had not come yet. */
    WAITING
  }

  /**
   * A system.
   *
   * @param subject what throughput results know it by, {@code NAME@BACKEND/CLIENT}; empty where nothing measures its speed
   * @param promise a quotation of its documentation, whose place is {@code link}
   * @param why the command that installs it where it is absent; what it said last where it failed; empty otherwise
   * @param allowed what its documentation allows, so that it is no fault
   */
  public record Entry(
      String name,
      String version,
      String language,
      String backend,
      String subject,
      String algorithm,
      String promise,
      String link,
      State state,
      String why,
      List<Allowed> allowed) {
    /** Copies the list. */
    public Entry {
      allowed = List.copyOf(allowed);
    }

    /** The same, further on. */
    public Entry is(State now, String because) {
      return new Entry(
          name, version, language, backend, subject, algorithm, promise, link, now, because,
          allowed);
    }
  }

  /**
   * A kind of finding that a system's documentation allows.
   *
   * @param fault such as {@code CALLERS_CLOCK}
   * @param words a quotation, whose place is {@code link}
   */
  public record Allowed(String fault, String words, String link) {
    /**
     * Reads one.
     *
     * @throws ResultsException if it is malformed
     */
    public static Allowed read(JsonField field) throws ResultsException {
      return new Allowed(
          field.at("fault").string(),
          field.at("words").string(),
          field.at("link").string());
    }
  }

  /**
   * Writes {@value #FILE} as a whole.
   *
   * @throws IOException if it cannot be written
   */
  public void write(Path directory) throws IOException {
    Path draft = directory.resolve(FILE + ".tmp");
    Files.writeString(draft, JSON.writeValueAsString(this) + "\n");
    Files.move(draft, directory.resolve(FILE), StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Reads {@value #FILE}.
   *
   * @throws ResultsException if it is malformed
   * @throws IOException if it cannot be read
   */
  public static Scoreboard read(Path directory) throws IOException {
    JsonField root = JsonField.read(directory.resolve(FILE), SCHEMA);
    return new Scoreboard(
        root.at("environment").strings(), root.at("systems").list(Scoreboard::entry));
  }

  private static Entry entry(JsonField system) throws ResultsException {
    return new Entry(
        system.at("name").string(),
        system.at("version").string(),
        system.at("language").string(),
        system.at("backend").string(),
        system.at("subject").string(),
        system.at("algorithm").string(),
        system.at("promise").string(),
        system.at("link").string(),
        system.at("state").oneOf(State.class),
        system.at("why").string(),
        system.at("allowed").list(Allowed::read));
  }
}
