package dev.ratelab.reports.results;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What shows a finding of {@code conform}: the requests, and what they add up to beside what was promised.
 *
 * @param admitted the most that was admitted within each length, and {@code bound} what was promised; both empty where the finding
 *     is not about them
 */
public record ConformEvidence(List<Asked> requests, List<Most> admitted, List<Most> bound) {
  private static final int SCHEMA = 1;

  /** Copies the lists. */
  public ConformEvidence {
    requests = List.copyOf(requests);
    admitted = List.copyOf(admitted);
    bound = List.copyOf(bound);
  }

  /**
   * A request.
   *
   * @param key a number that stands for the key
   * @param sentMicros on the tester's clock, as {@code answeredMicros}: the decision was somewhere in between
   * @param allowed null if there was no answer
   * @param remaining null where it was not told, as the waits
   */
  public record Asked(
      long key,
      long instance,
      long cost,
      long sentMicros,
      long answeredMicros,
      @Nullable Boolean allowed,
      @Nullable Long remaining,
      @Nullable Long retryAfterMicros,
      @Nullable Long resetAfterMicros) {}

  /** How much within a length. */
  public record Most(long tauMicros, double value) {}

  /**
   * Reads a finding's file.
   *
   * @param raw relative to the results directory
   * @throws ResultsException if it is missing or malformed
   * @throws IOException if it cannot be read
   */
  public static ConformEvidence read(Path directory, String raw) throws IOException {
    JsonField root = JsonField.readRaw(directory, raw, SCHEMA);
    return new ConformEvidence(
        root.at("requests").list(ConformEvidence::asked),
        series(root, "admitted"),
        series(root, "bound"));
  }

  private static Asked asked(JsonField row) throws ResultsException {
    return new Asked(
        row.at("key").whole(),
        row.at("instance").whole(),
        row.at("cost").whole(),
        row.at("sent_us").whole(),
        row.at("answered_us").whole(),
        row.at("allowed").optional(JsonField::truth).orElse(null),
        row.at("remaining").optional(JsonField::whole).orElse(null),
        row.at("retry_after_us").optional(JsonField::whole).orElse(null),
        row.at("reset_after_us").optional(JsonField::whole).orElse(null));
  }

  private static List<Most> series(JsonField root, String name) throws ResultsException {
    for (JsonField line : root.at("series").list(line -> line)) {
      if (line.at("name").string().equals(name)) {
        return line.at("points")
            .list(
                point -> new Most(point.at("tau_us").whole(), point.at("value").number()));
      }
    }
    return List.of();
  }
}
