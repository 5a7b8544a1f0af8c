/** Response times under an open loop: load that does not wait for the system it measures. */
@NullMarked
package dev.ratelab.bench.latency;

import org.jspecify.annotations.NullMarked;
