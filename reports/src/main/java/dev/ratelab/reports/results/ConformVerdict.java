package dev.ratelab.reports.results;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What {@code conform} found out about one limiter.
 *
 * @param behavesLike an algorithm's id, or {@code none}
 * @param reachedLimit whether it was seen to both admit and deny: otherwise nothing was tried
 * @param mostInWindow the most that was surely admitted of one key within one window
 * @param keys how many keys were asked
 * @param abilities what could be asked of it beside requests of cost 1: {@code COST}, {@code HELD}, {@code ANOTHER}, {@code CLOCK}
 * @param told what it tells beside its decision: {@code remaining}, {@code retryAfter}, {@code resetAfter}
 * @param untried what failed and was not tried, though it could be asked for; a sentence each
 */
public record ConformVerdict(
    String name,
    String version,
    String backend,
    Promised promise,
    String behavesLike,
    boolean reachedLimit,
    long mostInWindow,
    long keys,
    long requests,
    double seconds,
    Set<String> abilities,
    Set<String> told,
    List<String> untried,
    List<Found> findings) {
  private static final int SCHEMA = 1;

  /** Copies the lists. */
  public ConformVerdict {
    abilities = Set.copyOf(abilities);
    told = Set.copyOf(told);
    untried = List.copyOf(untried);
    findings = List.copyOf(findings);
  }

  /**
   * What it was held to.
   *
   * @param algorithm an id, or {@code none}
   * @param words a quotation of its documentation, empty if there is none
   * @param link where these words stand, empty if nowhere
   */
  public record Promised(
      String algorithm, long permits, long windowMicros, long burst, String words, String link) {}

  /**
   * A broken promise.
   *
   * @param fault its kind, such as {@code RACE}
   * @param title a few words that follow the limiter's name
   * @param attack how it was asked
   * @param keys how many keys show it
   * @param file the {@linkplain ConformEvidence evidence}, relative to the results directory
   */
  public record Found(
      String fault, String title, String sentence, String attack, long keys, String file) {}

  /** The file of a limiter's verdict, relative to the results directory. */
  public static String raw(String name) {
    return "raw/conform-" + name + ".json";
  }

  /** Those of the kinds given. */
  public List<Found> findings(Set<String> faults) {
    return findings.stream().filter(found -> faults.contains(found.fault())).toList();
  }

  /**
   * Reads a verdict.
   *
   * @param raw relative to the results directory
   * @throws ResultsException if it is malformed
   * @throws IOException if it cannot be read
   */
  public static ConformVerdict read(Path directory, String raw) throws IOException {
    JsonField root = JsonField.read(directory.resolve(raw), SCHEMA);
    JsonField promise = root.at("promise");
    return new ConformVerdict(
        root.at("name").string(),
        text(root.at("version")),
        text(root.at("backend")),
        new Promised(
            promise.at("algorithm").string(),
            promise.at("permits").whole(),
            promise.at("window_us").whole(),
            promise.at("burst").whole(),
            text(promise.at("words")),
            text(promise.at("link"))),
        root.at("behaves_like").string(),
        root.at("reached_limit").truth(),
        root.at("most_in_window").whole(),
        root.at("keys").whole(),
        root.at("requests").whole(),
        root.at("seconds").number(),
        Set.copyOf(root.at("abilities").list(JsonField::string)),
        Set.copyOf(root.at("told").list(JsonField::string)),
        root.at("untried").optional(all -> all.list(JsonField::string)).orElse(List.of()),
        root.at("findings").list(ConformVerdict::found));
  }

  private static Found found(JsonField found) throws ResultsException {
    return new Found(
        found.at("fault").string(),
        found.at("title").string(),
        found.at("sentence").string(),
        found.at("attack").string(),
        found.at("keys").whole(),
        found.at("file").string());
  }

  private static String text(JsonField field) throws ResultsException {
    return field.optional(JsonField::string).orElse("");
  }
}
