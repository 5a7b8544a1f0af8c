package dev.ratelab.bench.load;

import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Loads one server or limiter that the user names: at a rate, or at the highest that holds an objective. */
public final class GivenLoad implements Experiment {
  private static final int SEARCHES = 3;

  private final LoadOptions options;
  private final Opening opening;

  /** Opens what is loaded. */
  @FunctionalInterface
  private interface Opening {
    void open(OpenedLoads loads) throws IOException, InterruptedException;
  }

  private GivenLoad(LoadOptions options, Opening opening) {
    this.options = options;
    this.opening = opening;
  }

  /** Any HTTP/1.1 server. */
  public static GivenLoad url(
      HttpRequestTemplate template, ProperAnswers proper, LoadOptions options) {
    return new GivenLoad(options, loads -> loads.url(template, proper));
  }

  /** A limiter of this process, or a physical limit of its backend. */
  public static GivenLoad target(Subject subject, LoadOptions options) {
    return new GivenLoad(options, loads -> loads.target(subject));
  }

  @Override
  public String name() {
    return LoadMeasurement.EXPERIMENT;
  }

  @Override
  public Duration planned(Run run) {
    return options.warmup().plus(options.duration()).plus(options.searching(searches(run)));
  }

  private static int searches(Run run) {
    return run.profile() == Profile.SMOKE ? 1 : SEARCHES;
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    try (OpenedLoads loads = new OpenedLoads(run, options)) {
      try {
        opening.open(loads);
      } catch (IOException e) {
        // Of the server, and not of the results that Experiment.run may fail to write.
        throw new IllegalStateException(e.getMessage(), e);
      }
      load(loads.all().get(0), run);
    }
  }

  private void load(LoadMeasurement loaded, Run run) throws InterruptedException, IOException {
    try {
      run.progress().step(loaded.title() + ", warm-up", 0);
      loaded.warmUp(run.seed(), options.rate(), options.warmup());
      double rate = options.rate();
      @Nullable Slo slo = options.slo();
      if (slo != null) {
        for (int i = 0; i < searches(run); i++) {
          loaded.search(run, slo, (double) i / (searches(run) + 1));
        }
        rate = loaded.foundRate();
      }
      if (rate > 0) {
        run.progress().step(String.format(Locale.ROOT, "%s at %.0f/s", loaded.title(), rate), 0.75);
        loaded.measure(run.seed(), rate, options.duration());
      }
    } finally {
      loaded.write(run);
    }
    loaded.requireMeasured();
  }
}
