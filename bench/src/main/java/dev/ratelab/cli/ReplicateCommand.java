package dev.ratelab.cli;

import dev.ratelab.bench.Environment;
import dev.ratelab.bench.workload.AccessLog;
import dev.ratelab.bench.workload.LogLine;
import dev.ratelab.bench.workload.VirtualRequest;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.FailureCause;
import dev.ratelab.limiter.Limit;
import dev.ratelab.reports.Pages;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.ResultsDirectory;
import dev.ratelab.reports.results.Series;
import dev.ratelab.verification.replication.BootstrapEstimate;
import dev.ratelab.verification.replication.MarkdownTable;
import dev.ratelab.verification.replication.Measure;
import dev.ratelab.verification.replication.Replication;
import dev.ratelab.verification.replication.Row;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ratelab replicate}: the published claim about the sliding window counter, measured again. */
@Command(
    name = "replicate",
    description =
        "How often the sliding window counter is wrong: the published 0.003 %% against generated traffic, and any access log, in virtual time. With --log: --limit and --window, by default 100 per 1m.",
    mixinStandardHelpOptions = true)
final class ReplicateCommand implements Callable<Integer> {
  private static final long PERMITS = 100;
  private static final Duration WINDOW = Duration.ofMinutes(1);

  @Spec
  private CommandSpec spec;

  @Option(
      names = "--requests",
      paramLabel = "NUMBER",
      defaultValue = "10000000",
      description =
          "About how many the main workload has; each of the others has a tenth. Default: ${DEFAULT-VALUE}")
  private long requests;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "1",
      description = "The same seed, the same numbers. Default: ${DEFAULT-VALUE}")
  private long seed;

  @Option(
      names = "--log",
      paramLabel = "FILE",
      description =
          "An access log in common or combined log format, plain or gzip, instead of generated traffic; - is standard input. Each client address is a source.")
  private @Nullable Path log;

  @Option(
      names = "--client-names",
      description = "With --log: takes a host name for a source, too. Default: addresses only")
  private boolean names;

  @Mixin
  private LimitOptions limits;

  @Mixin
  private OutOption out;

  private String warning = "";

  @Override
  public Integer call() {
    try {
      if (log == null && (names || limits.isGiven())) {
        throw new IllegalArgumentException("--client-names, --limit and --window are for --log");
      }
      Limit limit = limits.limit(PERMITS, WINDOW);
      AccessLog recorded = log == null ? null : read(log, limit);
      ResultsDirectory results = create();
      try {
        print(MarkdownTable.head());
        if (recorded == null) {
          Replication.run(seed, requests, row -> add(results, row));
        } else {
          Replication.Recorded source =
              Replication.recorded(recorded.workload().name(), limit, seed);
          for (VirtualRequest arrival : recorded.workload().arrivals()) {
            source.request(arrival.key(), arrival.at());
          }
          add(results, source.row());
        }
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
      print("\nReport: %s\n".formatted(Pages.address(Pages.write(results.path()))));
      return 0;
    } catch (IllegalArgumentException | IOException e) {
      throw new ParameterException(spec.commandLine(), FailureCause.told(e));
    }
  }

  private AccessLog read(Path file, Limit limit) throws IOException {
    AccessLog.requireTold(limit);
    AccessLog recorded = AccessLog.read(List.of(file), names);
    warning = recorded.skipped().warning(LogLine.ACCEPTED);
    return recorded;
  }

  private ResultsDirectory create() throws IOException {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("seed", Long.toString(seed));
    parameters.put("replication.requests", Long.toString(requests));
    ResultsDirectory results = out.create(spec.commandLine(), Environment.describe(), parameters);
    results.note(Environment.warnings());
    if (!warning.isEmpty()) {
      results.warn("skipped", warning);
      spec.commandLine().getErr().println("Warning: " + warning);
    }
    return results;
  }

  private void add(ResultsDirectory results, Row row) {
    Series series = Series.of("replication")
        .algorithm(Algorithm.SLIDING_WINDOW_COUNTER.id())
        .workload(row.workload());
    try {
      results.add(
          series.exact(Metric.REQUESTS, (double) row.requests(), row.requests()),
          series.exact(Metric.SOURCES, row.sources(), row.sources()));
      for (Measure measure : Measure.values()) {
        BootstrapEstimate estimate = row.of(measure);
        results.add(series.measured(
            measure.metric(), estimate.value(), estimate.low(), estimate.high(), row.requests()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the results", e);
    }
    print(MarkdownTable.line(row));
  }

  private void print(String text) {
    spec.commandLine().getOut().print(text);
    spec.commandLine().getOut().flush();
  }
}
