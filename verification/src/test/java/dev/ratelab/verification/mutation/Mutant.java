package dev.ratelab.verification.mutation;

/**
 * A change of one piece of the code. There is no line number in it: the next edit of the file would move it.
 *
 * @param where the class and the method, or the script
 * @param change what was changed into what
 * @param line the source line that it was changed in, without its indent
 */
record Mutant(String where, String change, String line) {
  @Override
  public String toString() {
    return "%s: %s in '%s'".formatted(where, change, line);
  }
}
