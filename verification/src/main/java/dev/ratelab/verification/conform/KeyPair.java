package dev.ratelab.verification.conform;

import java.util.List;

/**
 * Two keys that a careless limiter takes for one.
 *
 * @param how what they differ in
 */
record KeyPair(String how, String one, String other) {
  private static final int LONG = 600;

  /** Pairs that nobody has asked about yet, if the text is new. */
  static List<KeyPair> all(String start) {
    return List.of(
        new KeyPair("the case of a letter", start + "case-a", start + "case-A"),
        new KeyPair("what follows a common beginning", start + "prefix", start + "prefix1"),
        new KeyPair("what follows a colon", start + "colon:a", start + "colon:b"),
        new KeyPair("a colon at the end", start + "colon-end", start + "colon-end:"),
        new KeyPair("where a colon stands", start + "a:bc", start + "ab:c"),
        new KeyPair("what follows a slash", start + "slash/a", start + "slash/b"),
        new KeyPair("what stands in braces", start + "{tag}a", start + "{tag}b"),
        new KeyPair("what follows a blank", start + "blank a", start + "blank b"),
        new KeyPair("what follows a comma", start + "comma,a", start + "comma,b"),
        new KeyPair("a percent sign's digits", start + "percent%41", start + "percentA"),
        new KeyPair("a non-ASCII letter", start + "zo\u00eb", start + "zo\u00e9"),
        new KeyPair("a non-ASCII letter and none", start + "na\u00efve", start + "nave"),
        new KeyPair("a letter beyond 16 bits", start + "\ud83d\ude00", start + "\ud83d\ude01"),
        new KeyPair(
            "the last of " + LONG + " letters",
            start + "x".repeat(LONG) + "a",
            start + "x".repeat(LONG) + "b"));
  }
}
