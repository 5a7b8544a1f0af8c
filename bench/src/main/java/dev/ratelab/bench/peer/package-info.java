/** Rate limiters of others, each wrapped once, used as their documentation has it. */
@NullMarked
package dev.ratelab.bench.peer;

import org.jspecify.annotations.NullMarked;
