/** Rate limiters of others that are reached over HTTP, as programs of their own. */
@NullMarked
package dev.ratelab.bench.peer.http;

import org.jspecify.annotations.NullMarked;
