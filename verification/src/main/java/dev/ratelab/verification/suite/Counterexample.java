package dev.ratelab.verification.suite;

import dev.ratelab.verification.property.Played;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Scenario;

/**
 * A case in which a promise was broken.
 *
 * @param property the promise
 * @param scenario what the property was given: checking it again shows the fault again
 * @param what what was wrong, in a sentence
 * @param shown who broke it, and the history in which it showed, up to where it went wrong: the scenario's own, or one that the
 *     property made from it
 */
public record Counterexample(Property property, Scenario scenario, String what, Played shown) {}
