package dev.ratelab.bench.load;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.Seeds;
import dev.ratelab.reports.results.Series;
import java.io.IOException;

/** Loads any HTTP/1.1 server. */
public final class GivenUrl extends GivenLoad {
  private final HttpRequestTemplate template;
  private final Statuses proper;
  private final int headBytes;

  /**
   * What to load and how.
   *
   * @param proper the statuses of a proper answer
   * @param headBytes how long an answer's head may be
   */
  public GivenUrl(
      HttpRequestTemplate template, Statuses proper, int headBytes, LoadOptions options) {
    super(options);
    this.headBytes = headBytes;
    this.template = template;
    this.proper = proper;
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    LoadOptions options = options();
    LoadKeys keys =
        new LoadKeys(Seeds.derive(run.seed(), "load-keys", 0), options.keys(), options.skew());
    String server = template.uri().getAuthority();
    Series series =
        Series.of(name()).subject(server).workload(options.arrivals().name());
    HttpLoad http;
    try {
      http = HttpLoad.connect(
          template,
          keys::at,
          proper,
          options.connections(),
          options.pipeline(),
          options.deadline(),
          headBytes);
    } catch (IOException e) {
      // Of the server, and not of the results that Experiment.run may fail to write.
      throw new IllegalStateException(e.getMessage(), e);
    }
    try (http) {
      load(Loaded.http(new Loaded.Name("url", server, series), options, http), run);
    }
  }
}
