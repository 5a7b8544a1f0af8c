/** The handler in a channel of the test's, and in a real server. */
@NullMarked
package dev.ratelab.embed.netty;

import org.jspecify.annotations.NullMarked;
