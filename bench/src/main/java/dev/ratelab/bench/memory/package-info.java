/** Bytes that a live key takes. */
@NullMarked
package dev.ratelab.bench.memory;

import org.jspecify.annotations.NullMarked;
