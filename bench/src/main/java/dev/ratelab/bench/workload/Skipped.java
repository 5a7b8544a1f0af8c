package dev.ratelab.bench.workload;

import java.nio.file.Path;

/** Lines of a text that a reader could not use. */
public final class Skipped {
  private long count;
  private String first = "";

  /** Counts a line, unless it is blank. */
  public void add(Path file, long number, String text, String why) {
    if (!text.isBlank() && count++ == 0) {
      first = "line %s of %s: %s".formatted(number, TextLines.name(file), why);
    }
  }

  /** How many. */
  public long count() {
    return count;
  }

  /** Where the first is and why it is no use; empty if there is none. */
  public String first() {
    return first;
  }

  /** All that is to be told of them, for people; empty if there is none. */
  public String warning(String accepted) {
    return count == 0
        ? ""
        : "skipped %s, the first of them %s; %s"
            .formatted(TextLines.counted(count, "line"), first, accepted);
  }
}
