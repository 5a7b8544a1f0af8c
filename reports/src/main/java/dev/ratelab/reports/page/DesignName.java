package dev.ratelab.reports.page;

/**
 * A design of a fleet, as a workload names it: {@code leases-fixed:permits=10,time=1s}.
 *
 * @param parameters with blanks between them; empty if it has none
 */
record DesignName(String name, String parameters) {
  static DesignName of(String workload) {
    int colon = workload.indexOf(':');
    return colon < 0
        ? new DesignName(workload, "")
        : new DesignName(
            workload.substring(0, colon), workload.substring(colon + 1).replace(",", ", "));
  }
}
