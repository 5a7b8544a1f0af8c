/** The properties as a user runs them: on implementations of their choice, with counterexamples that are small and kept. */
@NullMarked
package dev.ratelab.verification.suite;

import org.jspecify.annotations.NullMarked;
