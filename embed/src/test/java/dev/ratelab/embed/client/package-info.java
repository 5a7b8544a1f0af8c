/** The client against real servers, and against some that do not answer. */
@NullMarked
package dev.ratelab.embed.client;

import org.jspecify.annotations.NullMarked;
