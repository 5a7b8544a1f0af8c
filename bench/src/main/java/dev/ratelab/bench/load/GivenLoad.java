package dev.ratelab.bench.load;

import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.Run;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Loads one server or limiter that the user names: at a rate, or at the highest that holds an objective. */
abstract sealed class GivenLoad implements Experiment permits GivenTarget, GivenUrl {
  private static final int SEARCHES = 3;
  private static final int TRIALS_A_SEARCH = 20;

  private final LoadOptions options;

  GivenLoad(LoadOptions options) {
    this.options = options;
  }

  @Override
  public final String name() {
    return Loaded.EXPERIMENT;
  }

  final LoadOptions options() {
    return options;
  }

  @Override
  public final Duration planned(Run run) {
    Duration measured = options.warmup().plus(options.duration());
    return options.slo() == null
        ? measured
        : measured.plus(options.trial().multipliedBy((long) searches(run) * TRIALS_A_SEARCH));
  }

  private static int searches(Run run) {
    return run.profile() == Profile.SMOKE ? 1 : SEARCHES;
  }

  /** Loads what was opened. */
  final void load(Loaded loaded, Run run) throws InterruptedException, IOException {
    try {
      run.progress().step(loaded.title() + ", warm-up", 0);
      loaded.warmUp(run.seed(), options.rate(), options.warmup());
      double rate = options.rate();
      @Nullable Slo slo = options.slo();
      if (slo != null) {
        for (int i = 0; i < searches(run); i++) {
          loaded.search(run.seed(), slo, run, (double) i / (searches(run) + 1));
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
