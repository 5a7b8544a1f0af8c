/** Faults planted on purpose, each with the properties that must catch it. A suite that cannot fail proves nothing. */
@NullMarked
package dev.ratelab.verification.fault;

import org.jspecify.annotations.NullMarked;
