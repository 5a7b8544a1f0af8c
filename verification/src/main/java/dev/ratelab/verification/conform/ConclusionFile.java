package dev.ratelab.verification.conform;

import dev.ratelab.reports.results.ConformVerdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A conclusion as JSON, and each of its findings in a file beside it. {@code docs/results-format.md} tells what each field means.
 *
 * @param name the limiter's, as file names may have it
 * @param version what was tested; empty if it is not known
 * @param backend where its state is, such as {@code memory} or {@code redis}; empty if it is not known
 * @param words what it promises in its own words; empty if it is not known
 * @param link where it says so; empty if it is not known
 */
public record ConclusionFile(
    String name, String version, String backend, String words, String link) {
  private static final int SCHEMA = 1;

  /**
   * Writes them below the folder {@code raw} of a results directory.
   *
   * @throws IOException if they cannot be written
   */
  public void write(Path results, Conclusion conclusion) throws IOException {
    Files.createDirectories(results.resolve("raw"));
    Trial trial = conclusion.trial();
    ObjectNode root = JsonMapper.shared()
        .createObjectNode()
        .put("schema", SCHEMA)
        .put("name", name)
        .put("version", version)
        .put("backend", backend);
    ObjectNode promise = root.putObject("promise");
    Promise judged = conclusion.judged();
    FindingFile.putPromise(
        promise, judged == null ? "none" : judged.algorithm().id(), conclusion.limit());
    promise.put("words", words).put("link", link);
    root.put("behaves_like", conclusion.behavesLike().map(like -> like.id()).orElse("none"));
    root.put("reached_limit", trial.reachedTheLimit())
        .put("most_in_window", trial.mostWithin(conclusion.limit().windowMicros()))
        .put("keys", trial.keys().size())
        .put("requests", trial.requests())
        .put("seconds", trial.seconds());
    ArrayNode abilities = root.putArray("abilities");
    conclusion.abilities().stream().sorted().forEach(ability -> abilities.add(ability.name()));
    ArrayNode told = root.putArray("told");
    conclusion.told().forEach(told::add);
    ArrayNode untried = root.putArray("untried");
    trial.untried().forEach(part -> untried.add(part.toString()));
    ArrayNode findings = root.putArray("findings");
    for (Finding finding : conclusion.findings()) {
      ObjectNode found = findings
          .addObject()
          .put("fault", finding.fault().name())
          .put("title", finding.fault().title())
          .put("sentence", finding.sentence())
          .put("attack", finding.evidence().attack().name())
          .put("keys", finding.keys());
      if (judged != null) {
        String file = file(finding.fault());
        FindingFile.write(results.resolve(file), name, judged, finding);
        found.put("file", file);
      }
    }
    // Written last: where it is, all of it is.
    Files.writeString(
        results.resolve(ConformVerdict.raw(name)),
        JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root));
  }

  /** A finding's file, below the results directory. */
  public String file(Fault fault) {
    return "raw/conform-%s-%s.json"
        .formatted(name, fault.name().toLowerCase(Locale.ROOT).replace('_', '-'));
  }
}
