package dev.ratelab.bench.workload;

import java.util.List;

/** Requests to be decided in virtual time. */
public record Workload(String name, List<VirtualRequest> arrivals) {}
