/** A client of a Ratelab server. */
@NullMarked
package dev.ratelab.embed.client;

import org.jspecify.annotations.NullMarked;
