package dev.ratelab.cli;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Targets;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.reports.results.Notice;
import dev.ratelab.verification.suite.Implementation;
import dev.ratelab.verification.suite.Suite;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The property suite as a run's experiment.
 *
 * @param algorithms which algorithms
 * @param tries how many scenarios for each property, algorithm and implementation; null for the profile's
 * @param implementations what is verified
 */
record VerifyExperiment(
    List<Algorithm> algorithms,
    @Nullable Integer tries,
    VerifyExperiment.Implementations implementations)
    implements Experiment {
  /** Says what is verified, given a run's connections, which it closes, and its Redis if there is one. */
  interface Implementations {
    List<Implementation> of(Targets targets, @Nullable RedisUnderTest redis);

    static List<Implementation> all(Targets targets, @Nullable RedisUnderTest redis) {
      List<Implementation> all =
          new ArrayList<>(List.of(Implementation.java(), Implementation.memory()));
      if (redis != null) {
        for (String client : Subject.CLIENTS) {
          all.add(Implementation.redis(targets.client(client), redis.backend()));
        }
      }
      return all;
    }
  }

  /** For each try of all properties on all algorithms and implementations, on a small machine. */
  private static final double MILLIS_PER_TRY = 750;

  @Override
  public String name() {
    return Suite.EXPERIMENT;
  }

  @Override
  public Duration planned(Run run) {
    double share = (double) algorithms.size() / Algorithm.values().length;
    return Duration.ofMillis(Math.round(tries(tries, run.profile()) * share * MILLIS_PER_TRY));
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    try (Targets targets = new Targets(run.redisUrl())) {
      List<Implementation> all = implementations.of(targets, run.redis());
      for (Implementation implementation : all) {
        if (!implementation.untried().isEmpty()) {
          String name = implementation.subject().name();
          run.results()
              .note(List.of(Notice.untried(
                  name,
                  "%s not tried on %s: %s"
                      .formatted(
                          implementation.untriedProperty(), name, implementation.untried()))));
        }
      }
      Suite.Outcome outcome = new Suite(all, algorithms, tries(tries, run.profile()), run.seed())
          .run(run.results(), run.progress()::step);
      List<String> problems = new ArrayList<>(outcome.unanswered());
      if (outcome.broken() > 0) {
        problems.add(0, "broken promises: " + outcome.broken());
      }
      if (!problems.isEmpty()) {
        throw new IllegalStateException(String.join("; ", problems));
      }
    }
  }

  /** How many scenarios a run tries. */
  static int tries(@Nullable Integer asked, Profile profile) {
    return asked != null ? asked : Effort.VERIFICATION.of(profile).size();
  }
}
