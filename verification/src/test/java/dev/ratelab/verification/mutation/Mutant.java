package dev.ratelab.verification.mutation;

/** A change in one source line, without its indent. There is no line number in it: the next edit of the file would move it. */
record Mutant(String where, String change, String line) {
  @Override
  public String toString() {
    return "%s: %s in '%s'".formatted(where, change, line);
  }
}
