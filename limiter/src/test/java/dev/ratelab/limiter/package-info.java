/** The types that a caller needs: what they accept, what they refuse and how they say so. */
@NullMarked
package dev.ratelab.limiter;

import org.jspecify.annotations.NullMarked;
