package dev.ratelab.cli;

import dev.ratelab.bench.Environment;
import dev.ratelab.bench.simulate.DesignResult;
import dev.ratelab.bench.simulate.FleetDesigns;
import dev.ratelab.bench.simulate.FleetRecords;
import dev.ratelab.bench.simulate.FleetSettings;
import dev.ratelab.bench.simulate.Simulation;
import dev.ratelab.bench.workload.TextLines;
import dev.ratelab.limiter.DurationText;
import dev.ratelab.reports.Pages;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.ResultsDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ratelab simulate}: designs of fleets side by side in virtual time. */
@Command(
    name = "simulate",
    description = {
      "Simulates a fleet of instances that share limits, in virtual time: what each design admits too much and too little, what it asks of Redis, how long its answers take.",
      "Durations are a whole number with us, ms, s, m, h or d. What each number means: docs/simulator.md."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class SimulateCommand implements Callable<Integer> {
  private static final String PERCENT = "%.2f%%";

  @Spec
  private CommandSpec spec;

  @Mixin
  private SimulateOptions options;

  @Mixin
  private OutOption out;

  @Override
  public Integer call() {
    List<FleetSettings> all;
    List<FleetDesigns> designs;
    try {
      all = options.settings();
      designs = options.designs();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
    FleetSettings settings = all.get(0);
    PrintWriter err = spec.commandLine().getErr();
    ResultsDirectory results =
        out.create(spec.commandLine(), Environment.describe(), FleetRecords.parameters(settings));
    try (StopSignal signal = new StopSignal()) {
      results.note(Environment.warnings());
      Duration planned = Duration.ofNanos((long) (settings.load().perSecond()
          * settings.load().duration()
          / 1e6
          * SimulateOptions.PLANNED_NANOS
          * designs.size()
          * all.size()));
      TerminalProgress progress = new TerminalProgress(err, planned);
      progress.begin("simulate", planned);
      List<DesignResult> simulated = new ArrayList<>();
      Set<String> seen = new HashSet<>();
      try {
        for (FleetSettings each : all) {
          // A design that takes nothing from what was changed would only repeat itself.
          List<FleetDesigns> other =
              designs.stream().filter(design -> seen.add(design.describe(each))).toList();
          if (!other.isEmpty()) {
            List<DesignResult> some = new Simulation(each, other).run(progress);
            FleetRecords.write(results, each, some);
            simulated.addAll(some);
          }
        }
      } catch (InterruptedException e) {
        signal.taken();
        progress.pause();
        err.println("Stopped. A simulation has no results before its end.");
        return StopSignal.EXIT;
      }
      progress.pause();
      print(settings, simulated);
      // The overview says nothing of a simulation.
      spec.commandLine()
          .getOut()
          .println("\nReport: " + Pages.address(Pages.write(results.path())) + "#simulation");
      return 0;
    } catch (IOException e) {
      err.println("ratelab: cannot write the results: " + e.getMessage());
      return 1;
    } finally {
      spec.commandLine().getOut().flush();
    }
  }

  private void print(FleetSettings settings, List<DesignResult> results) {
    PrintWriter to = spec.commandLine().getOut();
    to.println("%s to %s; %s per %s for each of %s, by %s; shards: %s, regions: %s"
        .formatted(
            TextLines.counted((long) results.get(0).value(Metric.REQUESTS), "request"),
            TextLines.counted(settings.instances(), "instance"),
            settings.policy().limit().permits(),
            DurationText.of(settings.policy().limit().window()),
            TextLines.counted(settings.load().keys(), "key"),
            settings.policy().algorithm(),
            settings.redis().shards(),
            settings.network().regions()));
    TextTable<DesignResult> table =
        new TextTable<>("design", results.stream(), DesignResult::design);
    column(table, "over E, permits", Metric.OVER_PROMISE, "%.0f", 1);
    column(table, "over-admitted", Metric.OVER_ADMITTED, PERCENT, 100);
    column(table, "under-admitted", Metric.UNDER_ADMITTED, PERCENT, 100);
    column(table, "calls/decision", Metric.CALLS_PER_DECISION, "%.4f", 1);
    column(table, "busiest shard", Metric.BUSIEST_SHARD, PERCENT, 100);
    column(table, "mean us", Metric.MEAN_DELAY, "%.1f", 1);
    column(table, "p99 us", Metric.P99, "%.0f", 1);
    column(table, "unanswered", Metric.UNANSWERED, PERCENT, 100);
    column(table, "M/s simulated", Metric.SIMULATED, "%.1f", 1e-6);
    table.print(to);
    double light = results.get(0).value(Metric.LIGHT);
    if (light > 0) {
      to.println(String.format(
          Locale.ROOT,
          "%.1f%% of the requests are for keys that no counter is kept of; wrongly admitted among them, by expectation, are at most: %s",
          100 * light,
          results.stream()
              .map(r ->
                  String.format(Locale.ROOT, "%s %.2g", r.design(), r.value(Metric.LIGHT_WRONG)))
              .collect(Collectors.joining(", "))));
    }
  }

  private static void column(
      TextTable<DesignResult> table, String head, Metric metric, String format, double factor) {
    table.column(head, r -> String.format(Locale.ROOT, format, factor * r.value(metric)));
  }
}
