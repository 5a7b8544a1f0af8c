package dev.ratelab.bench.simulate;

/** What came of requests: those admitted and denied, calls to Redis, and the permits that it charged. */
record LeaseCounts(long admitted, long denied, long calls, long charged) {}
