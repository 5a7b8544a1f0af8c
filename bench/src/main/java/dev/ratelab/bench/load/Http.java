package dev.ratelab.bench.load;

import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Rounds;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Seeds;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.peer.http.HttpPeer;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decisions over HTTP from end to end: our server around GCRA in memory, on Redis over Lettuce and over Jedis, and around a limiter
 * that decides nothing, which no limiter behind this server can beat; and peers that speak HTTP themselves, where they are
 * installed. Each is a process of its own, and all take turns under the same arrivals: response times at one rate, then the highest rate that holds the objective.
 */
public final class Http implements Experiment {
  /** The physical limit: HTTP on the same server, and no decision. */
  static final String NO_OP = "no-op-http";

  private static final Algorithm ALGORITHM = Algorithm.GCRA;
  private static final int WARMUP_FACTOR = 2;
  private static final int TRIALS_A_SEARCH = 20;

  private final LoadOptions options;
  private final List<HttpPeer> peers;

  /**
   * The experiment.
   *
   * @param options how to load; duration and warm-up are those of one server's round
   * @param peers who is measured beside us
   */
  public Http(LoadOptions options, List<HttpPeer> peers) {
    this.options = options;
    this.peers = List.copyOf(peers);
  }

  /** The experiment as the profile says, with the peers that are installed. */
  public static Http of(Profile profile) {
    return new Http(usual(profile), HttpPeer.all());
  }

  /** How the experiment loads unless the user says otherwise. */
  public static LoadOptions usual(Profile profile) {
    Duration round = switch (profile) {
      case SMOKE -> Duration.ofMillis(300);
      case QUICK -> Duration.ofSeconds(3);
      case FULL -> Duration.ofSeconds(4);
    };
    return new LoadOptions(
        new PoissonArrivals(),
        2_000,
        round,
        round,
        16,
        1,
        10_000,
        LoadKeys.Skew.UNIFORM,
        Duration.ofSeconds(5),
        new Slo(99, Duration.ofMillis(5)));
  }

  @Override
  public String name() {
    return Loaded.EXPERIMENT;
  }

  @Override
  public Duration planned(Run run) {
    Duration each = options.warmup().plus(options.duration().multipliedBy(rounds(run)));
    if (options.slo() != null) {
      each = each.plus(options.trial().multipliedBy((long) rounds(run) * TRIALS_A_SEARCH));
    }
    return each.multipliedBy(subjects(run).size() + 1L + peers.size());
  }

  private static int rounds(Run run) {
    return switch (run.profile()) {
      case SMOKE -> 1;
      case QUICK -> 3;
      case FULL -> 5;
    };
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
    LoadKeys keys =
        new LoadKeys(Seeds.derive(run.seed(), "load-keys", 0), options.keys(), options.skew());
    try (Opened opened = new Opened(options, keys)) {
      Series limit = Series.of(name()).subject(Measurement.LIMIT).workload(NO_OP);
      opened.server(run, NO_OP, new Loaded.Name(NO_OP, NO_OP, limit), null);
      for (Subject subject : subjects(run)) {
        Series series = subject.series(name(), options.arrivals().name());
        opened.server(
            run,
            subject.id(),
            new Loaded.Name(subject.id(), subject.title(), series),
            subject.isRemote() ? run.redisUrl() : null);
      }
      for (HttpPeer peer : peers) {
        String absent = opened.start(run, peer);
        if (absent != null) {
          run.results().environment("absent_" + peer.name(), absent);
        }
      }
      measure(run, options, opened.all);
    }
  }

  private static void measure(Run run, LoadOptions options, List<Loaded> all)
      throws InterruptedException, IOException {
    int rounds = rounds(run);
    int turns = all.size() * (rounds + 1);
    int done = 0;
    @Nullable Slo slo = options.slo();
    try {
      List<List<Loaded>> orders = Rounds.of(all, rounds + 1, run.seed());
      for (int round = 0; round <= rounds; round++) {
        for (Loaded loaded : orders.get(round)) {
          double share = (double) done++ / turns;
          if (round == 0) {
            run.progress().step(loaded.title() + ", warm-up", share);
            loaded.warmUp(run.seed(), WARMUP_FACTOR * options.rate(), options.warmup());
            continue;
          }
          run.progress().step("%s, round %s of %s".formatted(loaded.title(), round, rounds), share);
          loaded.measure(run.seed(), options.rate(), options.duration());
          if (slo != null) {
            loaded.search(run.seed(), slo, run, share);
          }
        }
      }
    } finally {
      for (Loaded loaded : all) {
        loaded.write(run);
      }
    }
    all.forEach(Loaded::requireMeasured);
  }

  /** All servers and the connections to them; closed in reverse. */
  private static final class Opened implements AutoCloseable {
    private final LoadOptions options;
    private final LoadKeys keys;
    private final Deque<Runnable> closing = new ArrayDeque<>();
    private final List<Loaded> all = new ArrayList<>();

    Opened(LoadOptions options, LoadKeys keys) {
      this.options = options;
      this.keys = keys;
    }

    void server(Run run, String subject, Loaded.Name name, @Nullable String redis)
        throws InterruptedException {
      try {
        ServerProcess server = ServerProcess.start(subject, run.limit(), redis);
        closing.push(server::close);
        load(name, HttpRequestTemplate.check(server.uri()));
      } catch (IOException e) {
        throw new IllegalStateException(e.getMessage(), e);
      }
    }

    /** Why a peer cannot be measured, or null if it was started. */
    @Nullable
    String start(Run run, HttpPeer peer) throws InterruptedException {
      if (peer.absentBecause().isPresent()) {
        return peer.absentBecause().get();
      }
      if (peer.needsRedis() && run.redis() == null) {
        return "it needs a Redis, and this run has none";
      }
      try {
        start(
            run,
            peer,
            new Loaded.Name(
                peer.name(),
                peer.name(),
                Series.of(Loaded.EXPERIMENT)
                    .subject(peer.name())
                    .backend(peer.needsRedis() ? Subject.REDIS : Subject.MEMORY)
                    .workload(options.arrivals().name())));
        return null;
      } catch (IllegalArgumentException | IOException e) {
        return e.getMessage();
      }
    }

    private void start(Run run, HttpPeer peer, Loaded.Name name)
        throws IOException, InterruptedException {
      HttpPeer.Running running = peer.start(run.limit(), run.redisUrl());
      closing.push(running::close);
      String url = running.uri() + "?key=" + HttpRequestTemplate.KEY;
      // The body is not read, but as long as that of the others.
      load(name, HttpRequestTemplate.of(url, "POST", HttpRequestTemplate.CHECK_BODY, List.of()));
    }

    private void load(Loaded.Name name, HttpRequestTemplate template)
        throws IOException, InterruptedException {
      HttpLoad http = HttpLoad.connect(
          template,
          keys::at,
          Statuses.parse(Statuses.DEFAULT),
          options.connections(),
          options.pipeline(),
          options.deadline());
      closing.push(http::close);
      all.add(Loaded.http(name, options, http));
    }

    @Override
    public void close() {
      closing.forEach(Runnable::run);
    }
  }
}
