package dev.ratelab.bench.load;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.Turns;
import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.bench.workload.KeySequence;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.bench.workload.Seeds;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Response times under Poisson arrivals at a fixed rate ({@link OpenLoop}), the machine's limits beside them.
 *
 * <p>Every subject of a backend is offered the very same arrivals, at a rate far below what the slowest of them can
 * serve on a small machine: this compares response times, not queues. Lettuce is called asynchronously by one sender,
 * Jedis by {@value #JEDIS_SENDERS} senders that block, memory by one sender that never sleeps. All take turns, round by
 * round, after a round at a higher rate that only warms up.
 *
 * <p>All algorithms in memory share this JVM, so the compiler cannot specialise it for one of them, as it does in the
 * forks of the throughput experiment: in the same way for all, and a service with several policies has the same.
 */
public final class Latency implements Experiment {
  private static final String NAME = "latency";
  private static final String WORKLOAD = "poisson";
  private static final int JEDIS_SENDERS = 16;
  private static final int WARMUP_FACTOR = 4;

  /** An arrival sent later than this, though its sender was free in time, is the generator's fault. */
  private static final long LATE_NANOS = 100_000;

  /** A subject ready to be loaded, and what it has shown so far. */
  private record Contestant(Subject subject, OpenLoop.Call call, LatencySample sample) {

    int senders() {
      return subject.client().equals("jedis") ? JEDIS_SENDERS : 1;
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    Duration all = Duration.ZERO;
    for (Subject subject : Subject.all(run)) {
      Effort.Amount effort = effort(run, subject);
      all = all.plus(effort.warmup()).plus(effort.turn().multipliedBy(effort.turns()));
    }
    return all;
  }

  private static Effort.Amount effort(Run run, Subject subject) {
    return (subject.isRemote() ? Effort.LATENCY_REDIS : Effort.LATENCY_MEMORY).of(run);
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    KeySequence keys = KeySequence.ofThread(Popularity.ZIPF, run.seed(), 0);
    List<Contestant> contestants = new ArrayList<>();
    try (Targets targets = new Targets(run.redisUrl())) {
      for (Subject subject : Subject.all(run)) {
        Target target = targets.target(subject, run.limit());
        contestants.add(new Contestant(
            subject,
            OpenLoop.Call.of(target, subject.isAsynchronous(), keys::at),
            new LatencySample(LATE_NANOS)));
      }
      Turns.warmed(run, Effort.LATENCY_MEMORY.of(run).turns())
          .take(
              contestants,
              contestant -> contestant.subject.title(),
              (contestant, round, done) -> load(run, contestant, round));
    } finally {
      for (Contestant contestant : contestants) {
        write(run, contestant);
      }
    }
  }

  private static void load(Run run, Contestant contestant, int round) throws InterruptedException {
    Subject subject = contestant.subject;
    Effort.Amount effort = effort(run, subject);
    Duration length = round == 0 ? effort.warmup() : effort.turn();
    long[] schedule = new ArrivalProcess.Poisson()
        .nanos(
            Seeds.derive(run.seed(), "arrivals", round),
            (round == 0 ? WARMUP_FACTOR : 1) * (double) effort.size(),
            length);
    OpenLoop.Outcome outcome = OpenLoop.run(
        schedule,
        contestant.senders(),
        subject.isRemote() ? OpenLoop.Waiting.SLEEPING : OpenLoop.Waiting.SPINNING,
        contestant.call);
    if (round > 0) {
      contestant.sample.add(schedule, length.toNanos(), outcome);
    }
  }

  private static void write(Run run, Contestant contestant) throws IOException {
    LatencySample sample = contestant.sample;
    if (sample.count() == 0) {
      return;
    }
    sample.write(
        run, contestant.subject.series(NAME, WORKLOAD).threads(contestant.senders()), true);
    if (sample.failed() > 0) {
      run.results()
          .warn(
              "failed_" + contestant.subject.id(),
              "%s of %s requests to %s were not answered within %s s; their latency counts until that was known"
                  .formatted(
                      sample.failed(),
                      sample.count(),
                      contestant.subject.title(),
                      Target.DEADLINE.toSeconds()));
    }
  }
}
