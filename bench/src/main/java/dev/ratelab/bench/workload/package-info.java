/** Who sends requests and when: popularity, arrivals, and what logs tell of both. */
@NullMarked
package dev.ratelab.bench.workload;

import org.jspecify.annotations.NullMarked;
