/** How decisions get slower, or do not, with more threads and more keys. */
@NullMarked
package dev.ratelab.bench.scaling;

import org.jspecify.annotations.NullMarked;
