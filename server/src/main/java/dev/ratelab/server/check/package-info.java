/** The server's resources: checks, health, metrics and the live page. Knows nothing of how a decision is made. */
@NullMarked
package dev.ratelab.server.check;

import org.jspecify.annotations.NullMarked;
