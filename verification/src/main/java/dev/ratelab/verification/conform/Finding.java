package dev.ratelab.verification.conform;

/**
 * A broken promise.
 *
 * @param sentence what was seen, in one sentence
 * @param evidence all that was asked of the keys that show it, up to where it shows
 * @param keys how many keys show it
 */
public record Finding(Fault fault, String sentence, KeyHistory evidence, int keys) {
  /** The same on so many keys. */
  Finding on(int number) {
    return new Finding(fault, sentence, evidence, number);
  }

  /** How many requests show it. */
  int size() {
    return evidence.seen().size();
  }
}
