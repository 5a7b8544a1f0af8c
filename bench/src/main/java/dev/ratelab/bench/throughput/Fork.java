package dev.ratelab.bench.throughput;

import java.util.Map;

/**
 * What a subject has shown in one JVM.
 *
 * @param operations operations a second, by iteration
 * @param profiled what JMH's profilers measured, by their labels: a value for each iteration, or one for all
 * @param steady whether it was warm by then
 */
@SuppressWarnings("ArrayRecordComponent") // made and read in one place, never compared
record Fork(double[] operations, Map<String, double[]> profiled, boolean steady) {}
