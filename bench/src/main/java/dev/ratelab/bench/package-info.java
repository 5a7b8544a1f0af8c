/** Measures the limiters, each number beside the physical limit found in the same run. */
@NullMarked
package dev.ratelab.bench;

import org.jspecify.annotations.NullMarked;
