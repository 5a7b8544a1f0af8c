package dev.ratelab.bench.accuracy;

import dev.ratelab.bench.VirtualRun.Arrival;
import java.util.List;

/**
 * Requests to be decided in virtual time.
 *
 * @param name its name in the results
 * @param arrivals in the order of time
 */
public record Workload(String name, List<Arrival> arrivals) {}
