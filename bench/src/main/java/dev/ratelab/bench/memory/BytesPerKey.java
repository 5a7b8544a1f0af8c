package dev.ratelab.bench.memory;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Interval;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.peer.Peer;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.reports.results.CsvFile;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Bytes per key after one admission and after as many as the limit allows (at most {@value #MOST_ADMISSIONS}): a log
 * grows between the two, nothing else may. The window is a day here, so that no state expires while it is measured.
 * Peers in memory are measured after one admission, since not all of them admit more at once.
 */
public final class BytesPerKey implements Experiment {
  private static final String NAME = "memory";
  private static final int MOST_ADMISSIONS = 1_000;
  private static final Duration WINDOW = Duration.ofDays(1);

  // A key takes the same whoever wrote it; this client pipelines.
  private static final String CLIENT = "lettuce";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    Effort.Amount heap = Effort.MEMORY_HEAP.of(run);
    Effort.Amount redis = Effort.MEMORY_REDIS.of(run);
    Duration each = heap.turn().multipliedBy(heap.turns());
    if (run.redis() != null) {
      each = each.plus(redis.turn().multipliedBy(redis.turns()));
    }
    return each.multipliedBy(2L * Algorithm.values().length);
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    int full = (int) Math.min(run.limit().permits(), MOST_ADMISSIONS);
    List<Integer> fillings = full == 1 ? List.of(1) : List.of(1, full);
    List<Subject> subjects = subjects(run);
    List<Subject> peers = Subject.inMemory();
    peers.removeIf(subject -> subject.peer().isEmpty());
    int done = 0;
    try (Targets targets = new Targets(run.redisUrl())) {
      for (int admissions : fillings) {
        List<Subject> turns = new ArrayList<>(subjects);
        if (admissions == 1) {
          turns.addAll(peers);
          turns.addAll(limits(subjects));
        }
        for (Subject subject : turns) {
          run.progress()
              .step(
                  subject.title(),
                  (double) done++ / (fillings.size() * subjects.size() + peers.size() + 2));
          double[] samples = new double[Effort.MEMORY_HEAP.of(run).turns()];
          for (int i = 0; i < samples.length; i++) {
            samples[i] = subject.isRemote()
                ? redis(run, targets, subject, admissions)
                : heap(run, subject, admissions);
          }
          add(run, subject, admissions, samples);
        }
      }
    }
  }

  private static List<Subject> subjects(Run run) throws IOException {
    RedisUnderTest redis = run.redis();
    List<Subject> subjects = new ArrayList<>(Subject.limiters(run));
    subjects.removeIf(subject -> subject.isRemote() && !subject.client().equals(CLIENT));
    if (redis != null && redis.backend().equals(Subject.REDIS_CLUSTER)) {
      subjects.removeIf(Subject::isRemote);
      run.results()
          .warn(
              "memory",
              "bytes per key were not measured on the cluster: its keys lie on several servers");
    }
    return subjects;
  }

  /** The least that a key can take where these subjects keep theirs. */
  private static List<Subject> limits(List<Subject> subjects) {
    return subjects.stream()
        .map(subject -> new Subject(
            subject.isRemote() ? Subject.BARE_KEY : Subject.MAP_ENTRY,
            subject.backend(),
            subject.client()))
        .distinct()
        .toList();
  }

  private static double heap(Run run, Subject subject, int admissions) throws InterruptedException {
    int keys = heapKeys(run, admissions);
    if (subject.isLimit()) {
      return HeapPerKey.mapEntry(keys);
    }
    Optional<Peer> peer = subject.peer();
    if (peer.isPresent()) {
      return HeapPerKey.measure(peer.get(), limit(run), keys);
    }
    Policy policy = Policy.of("memory", Algorithm.of(subject.name()), limit(run));
    return HeapPerKey.measure(policy, admissions, keys);
  }

  private static int heapKeys(Run run, int admissions) {
    int most = Effort.MEMORY_HEAP.of(run).size();
    return Math.max(100, Math.min(most / 20, most / admissions));
  }

  private static double redis(Run run, Targets targets, Subject subject, int admissions)
      throws InterruptedException {
    int keys = Math.max(100, Effort.MEMORY_REDIS.of(run).size() / admissions);
    RedisPerKey measuring = new RedisPerKey(targets, targets.client(CLIENT));
    if (subject.isLimit()) {
      Subject any = new Subject(Algorithm.GCRA.id(), subject.backend(), subject.client());
      return measuring.bare(any, limit(run), keys);
    }
    return measuring.measure(subject, limit(run), admissions, keys);
  }

  private static Limit limit(Run run) {
    long most = Limit.MAX_PRODUCT / TimeUnit.DAYS.toMicros(1);
    return Limit.of(Math.min(run.limit().permits(), most), WINDOW);
  }

  private static void add(Run run, Subject subject, int admissions, double[] samples)
      throws IOException {
    Interval bytes = Interval.ofMean(samples);
    Series series = subject.series(NAME, "admitted-" + admissions);
    try (CsvFile csv = run.results().csv(series, "sample", "bytes_per_key")) {
      for (int i = 0; i < samples.length; i++) {
        csv.row(i + 1, samples[i]);
      }
      series = series.raw(csv.raw());
    }
    run.results()
        .add(series.measured(
            Metric.BYTES_PER_KEY, bytes.mean(), bytes.low(), bytes.high(), samples.length));
  }
}
