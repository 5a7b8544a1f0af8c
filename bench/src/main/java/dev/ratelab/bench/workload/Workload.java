package dev.ratelab.bench.workload;

import java.util.List;

/**
 * Requests to be decided in virtual time.
 *
 * @param name its name in the results
 * @param arrivals in the order of time
 */
public record Workload(String name, List<VirtualRequest> arrivals) {}
