/** The open-loop load generator: arrivals fixed in advance, one engine, an HTTP client, a search for the highest rate. */
@NullMarked
package dev.ratelab.bench.load;

import org.jspecify.annotations.NullMarked;
