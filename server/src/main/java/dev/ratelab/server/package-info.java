/**
 * Serves decisions over HTTP around any rate limiter, and knows nothing of how a decision is made.
 */
@NullMarked
package dev.ratelab.server;

import org.jspecify.annotations.NullMarked;
