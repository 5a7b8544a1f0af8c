/** The limiter of requests, and the examples of docs/embedding.md. */
@NullMarked
package dev.ratelab.embed;

import org.jspecify.annotations.NullMarked;
