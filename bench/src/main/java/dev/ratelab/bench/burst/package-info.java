/** The arrival curve: the most that one key gets admitted in an interval of any length. */
@NullMarked
package dev.ratelab.bench.burst;

import org.jspecify.annotations.NullMarked;
