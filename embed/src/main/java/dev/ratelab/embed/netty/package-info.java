/** A limiter as a handler of a Netty HTTP pipeline. */
@NullMarked
package dev.ratelab.embed.netty;

import org.jspecify.annotations.NullMarked;
