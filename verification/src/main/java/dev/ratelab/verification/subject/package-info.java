/** What the properties run against: every way to get a decision out of the limiter module, on a clock that a test sets. */
@NullMarked
package dev.ratelab.verification.subject;

import org.jspecify.annotations.NullMarked;
