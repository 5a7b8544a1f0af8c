/** Decisions a second and how they scale, with JMH. */
@NullMarked
package dev.ratelab.bench.throughput;

import org.jspecify.annotations.NullMarked;
