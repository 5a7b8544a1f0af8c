package dev.ratelab.bench.workload;

import dev.ratelab.limiter.DurationText;
import dev.ratelab.limiter.Limit;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Access logs in common or combined log format: one request a line, its time to the second. What stands after the request
 * does not matter here.
 *
 * @param name the file's name, or the first one's and how many more there are
 * @param workload their requests in the order of time, each of cost 1; those of one second all at its begin
 * @param clients how many different clients they come from
 * @param skipped lines that are no request in this format
 */
public record AccessLog(String name, Workload workload, int clients, Skipped skipped) {
  private static final Duration RESOLUTION = Duration.ofSeconds(1);

  /**
   * Reads logs as one.
   *
   * @param files at least one; {@code -} is standard input
   * @param names whether a host name is a client too
   * @throws IOException if one cannot be read or is given twice, or none holds a request in this format; the message is for people
   */
  public static AccessLog read(List<Path> files, boolean names) throws IOException {
    long different =
        files.stream().map(file -> file.toAbsolutePath().normalize()).distinct().count();
    if (different < files.size()) {
      throw new IOException("a file is given twice; accepted: each once");
    }
    String name = TextLines.name(files.get(0))
        + (files.size() == 1 ? "" : " and %s more".formatted(files.size() - 1));
    List<VirtualRequest> arrivals = new ArrayList<>();
    Map<String, String> clients = new HashMap<>();
    Skipped skipped = new Skipped();
    for (Path file : files) {
      TextLines.read(file, (number, text) -> {
        LogLine line = LogLine.of(text);
        if (line == null) {
          skipped.add(file, number, text, LogLine.NO_TIME);
          return;
        }
        LogLine.Client client = line.client(names);
        if (!client.problem().isEmpty()) {
          skipped.add(file, number, text, client.problem());
          return;
        }
        arrivals.add(
            new VirtualRequest(line.at(), clients.computeIfAbsent(client.name(), one -> one), 1));
      });
    }
    if (arrivals.isEmpty()) {
      throw new IOException("%s holds no request in common or combined log format%s; %s"
          .formatted(
              files.size() == 1 ? files.get(0) : name,
              skipped.count() == 0 ? "" : ": " + skipped.first(),
              LogLine.ACCEPTED));
    }
    arrivals.sort(Comparator.comparingLong(VirtualRequest::at));
    return new AccessLog(name, new Workload("replay:" + name, arrivals), clients.size(), skipped);
  }

  /**
   * Checks that a log tells what a limit asks.
   *
   * @throws IllegalArgumentException for a window below its resolution; the message is for people
   */
  public static void requireTold(Limit limit) {
    if (limit.window().compareTo(RESOLUTION) < 0) {
      throw new IllegalArgumentException(
          "window is %s, but an access log tells whole seconds only: all requests of one second would seem to come at once; accepted: 1s or longer"
              .formatted(DurationText.of(limit.window())));
    }
  }
}
