/** Decisions a second, with JMH. */
@NullMarked
package dev.ratelab.bench.throughput;

import org.jspecify.annotations.NullMarked;
