/** Proves what the limiters promise, against an oracle that shares no code with them. */
@NullMarked
package dev.ratelab.verification;

import org.jspecify.annotations.NullMarked;
