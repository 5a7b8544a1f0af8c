/** Decisions a second, in short turns of processes of our own, and how they scale: with threads in the same way, with keys in memory by JMH. */
@NullMarked
package dev.ratelab.bench.throughput;

import org.jspecify.annotations.NullMarked;
