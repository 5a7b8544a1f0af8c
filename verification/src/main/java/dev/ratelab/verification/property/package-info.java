/**
 * The catalogue's promises as code: each property takes a subject and a scenario and says, with the whole history, where
 * the promise was broken. None of them knows how scenarios are generated.
 */
@NullMarked
package dev.ratelab.verification.property;

import org.jspecify.annotations.NullMarked;
