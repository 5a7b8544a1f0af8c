package dev.ratelab.verification.conform;

import java.util.List;

/**
 * A broken promise.
 *
 * @param sentence what was seen, in one sentence
 * @param attack how it was asked
 * @param evidence all that was asked of the keys that show it, up to where it shows
 * @param about as in {@link KeyHistory}
 * @param keys how many keys show it
 */
public record Finding(
    Fault fault,
    String sentence,
    Attack attack,
    String about,
    List<Observation> evidence,
    int keys) {
  public Finding {
    evidence = List.copyOf(evidence);
  }

  /** The same on so many keys. */
  Finding on(int number) {
    return new Finding(fault, sentence, attack, about, evidence, number);
  }
}
