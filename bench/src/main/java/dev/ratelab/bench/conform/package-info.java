/** Built-in subjects, as {@code conform} asks any rate limiter. */
@NullMarked
package dev.ratelab.bench.conform;

import org.jspecify.annotations.NullMarked;
