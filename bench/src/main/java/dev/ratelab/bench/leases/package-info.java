/** Leases measured: how fast an instance decides that borrows from Redis, how often it asks, and how far all instances together are off. */
@NullMarked
package dev.ratelab.bench.leases;

import org.jspecify.annotations.NullMarked;
