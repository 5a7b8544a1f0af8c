/** How often an algorithm decides otherwise than the exact sliding window log. */
@NullMarked
package dev.ratelab.bench.accuracy;

import org.jspecify.annotations.NullMarked;
