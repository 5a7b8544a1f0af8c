package dev.ratelab.bench.load;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Turns;
import dev.ratelab.bench.peer.HttpPeer;
import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Notice;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decisions over HTTP from end to end: what {@code ratelab serve} starts around GCRA in memory, on Redis over Lettuce and over
 * Jedis; our server around a limiter that decides nothing, which none of them can beat; and peers that speak HTTP themselves, where
 * they are installed. Each is a process of its own, and all take turns under the same arrivals: response times at one rate, then
 * the highest rate that holds the objective. An answer that a failure policy gave is an error.
 *
 * @param options how to load; duration and warm-up are those of one server's round
 */
public record Http(LoadOptions options, List<HttpPeer> peers) implements Experiment {
  /** The physical limit: HTTP on the same server, and no decision. */
  static final String NO_OP = "no-op-http";

  private static final Algorithm ALGORITHM = Algorithm.GCRA;
  private static final int WARMUP_FACTOR = 2;

  /** The experiment as the profile says, with the peers that are installed. */
  public static Http of(Profile profile) {
    return new Http(usual(profile), HttpPeer.all());
  }

  /** How the experiment loads unless the user says otherwise. */
  public static LoadOptions usual(Profile profile) {
    Effort.Amount effort = Effort.HTTP.of(profile);
    return new LoadOptions(
        new ArrivalProcess.Poisson(),
        effort.size(),
        effort.turn(),
        effort.warmup(),
        16,
        1,
        10_000,
        Popularity.UNIFORM,
        Duration.ofSeconds(5),
        new Slo(99, Duration.ofMillis(5)));
  }

  @Override
  public String name() {
    return LoadMeasurement.EXPERIMENT;
  }

  @Override
  public Duration planned(Run run) {
    int rounds = Effort.HTTP.of(run).turns();
    Duration each = options
        .warmup()
        .plus(options.duration().multipliedBy(rounds))
        .plus(options.searching(rounds));
    return each.multipliedBy(subjects(run).size() + 1L + peers.size());
  }

  private static List<Subject> subjects(Run run) {
    List<Subject> subjects = new ArrayList<>();
    subjects.add(new Subject(ALGORITHM.id(), Subject.MEMORY, Measurement.NONE));
    RedisUnderTest redis = run.redis();
    if (redis != null) {
      Subject.CLIENTS.forEach(
          client -> subjects.add(new Subject(ALGORITHM.id(), redis.backend(), client)));
    }
    return subjects;
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    try (OpenedLoads loads = new OpenedLoads(run, options)) {
      open(run, loads);
      measure(run, loads.all());
    }
  }

  private void open(Run run, OpenedLoads loads) throws InterruptedException, IOException {
    try {
      loads.noOpServer();
      for (Subject subject : subjects(run)) {
        loads.server(subject);
      }
    } catch (IOException e) {
      // Of a server, and not of the results that Experiment.run may fail to write.
      throw new IllegalStateException(e.getMessage(), e);
    }
    for (HttpPeer peer : peers) {
      String absent = loads.peer(peer);
      if (absent != null) {
        run.results().note(List.of(Notice.absent(peer.name(), absent)));
      }
    }
  }

  private void measure(Run run, List<LoadMeasurement> all)
      throws InterruptedException, IOException {
    @Nullable Slo slo = options.slo();
    try {
      Turns.warmed(run, Effort.HTTP.of(run).turns())
          .take(all, LoadMeasurement::title, (loaded, round, done) -> {
            if (round == 0) {
              loaded.warmUp(run.seed(), WARMUP_FACTOR * options.rate(), options.warmup());
              return;
            }
            loaded.measure(run.seed(), options.rate(), options.duration());
            if (slo != null) {
              loaded.search(run, slo, done);
            }
          });
    } finally {
      for (LoadMeasurement loaded : all) {
        loaded.write(run);
      }
    }
    all.forEach(LoadMeasurement::requireMeasured);
  }
}
