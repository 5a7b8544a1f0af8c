package dev.ratelab.verification.mutation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * Why mutants may survive. Each explanation is for one mutant, and is a block of four lines with an empty line after it:
 * where, the change, the source line, the reason. Blocks of lines that begin with # are for readers.
 */
record Explanations(List<Explanation> all) {
  private static final int LINES = 4;

  record Explanation(Mutant mutant, String reason) {}

  /** Those of a file beside this class. */
  static Explanations read(String file) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(Explanations.class.getResourceAsStream(file), file)) {
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  /** Those of a text. Throws if a block has more or fewer than four lines. */
  static Explanations parse(String text) {
    List<Explanation> all = new ArrayList<>();
    for (String block : text.strip().split("\n{2,}", -1)) {
      List<String> lines = block.lines().map(String::strip).toList();
      if (lines.stream().allMatch(line -> line.isEmpty() || line.startsWith("#"))) {
        continue;
      }
      if (lines.size() != LINES) {
        throw new IllegalArgumentException(
            "an explanation is '%s'; accepted: where, the change, the source line, the reason, each on a line"
                .formatted(block));
      }
      all.add(new Explanation(new Mutant(lines.get(0), lines.get(1), lines.get(2)), lines.get(3)));
    }
    return new Explanations(List.copyOf(all));
  }

  /**
   * What does not fit: survivors that nothing explains, and explanations that explain nothing. Two mutants that look
   * alike need an explanation each.
   *
   * @param survived what no test caught
   * @param unsure what ran out of time: it counts as caught, yet an explanation of it is not out of date, because a slow
   *     machine may be all that caught it
   */
  List<String> mistakes(Collection<Mutant> survived, Collection<Mutant> unsure) {
    List<Mutant> unexplained = new ArrayList<>(survived);
    List<Mutant> spare = new ArrayList<>(unsure);
    List<String> mistakes = new ArrayList<>();
    for (Explanation explanation : all) {
      if (!unexplained.remove(explanation.mutant) && !spare.remove(explanation.mutant)) {
        mistakes.add("explained, but did not survive: " + explanation.mutant);
      }
    }
    unexplained.forEach(mutant -> mistakes.add("survived, and nothing explains it: " + mutant));
    return mistakes;
  }

  long in(String where) {
    return all.stream().filter(one -> one.mutant.where().equals(where)).count();
  }

  String table() {
    StringBuilder table =
        new StringBuilder("| where | change | in | why it survives |\n|---|---|---|---|\n");
    for (Explanation one : all) {
      table.append("| %s | %s | `%s` | %s |\n"
          .formatted(
              cell(one.mutant.where()),
              cell(one.mutant.change()),
              cell(one.mutant.line()),
              cell(one.reason)));
    }
    return table.toString();
  }

  /** A text that may hold the character that ends a cell. */
  static String cell(String text) {
    return text.replace("|", "\\|");
  }

  @Override
  public String toString() {
    return Arrays.toString(all.toArray());
  }
}
