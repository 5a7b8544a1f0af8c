/** Rate limiters of anybody's, asked from outside: behind a URL, a Redis script, or a program. */
@NullMarked
package dev.ratelab.verification.conform.tested;

import org.jspecify.annotations.NullMarked;
