package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.limiter.Algorithm;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.runner.options.ProfilerConfig;

/**
 * Decisions a second in a closed loop, measured by JMH in JVMs of their own (forks), the machine's limits beside them.
 *
 * <p>In memory each subject gets its own forks, because a JVM that has run another algorithm compiles this one
 * differently. On Redis the network decides and the code is the same for every algorithm of ours, so that those of a client
 * take turns in one fork, which is warm only once: Lettuce with one thread and {@value DecisionBenchmark#IN_FLIGHT} calls in
 * flight, Jedis with as many threads of one call each. A peer's code is its own: it gets forks of its own, and as long a
 * warm-up as all of ours together.
 *
 * <p>One workload more has requests that 2 and 4 policies decide together.
 *
 * <p>{@link ClosedLoop} orders the forks and sees that they are warm; {@link dev.ratelab.bench.Interval#bootstrap} tells what
 * the intervals mean.
 *
 * @param choice as the user says
 */
public record Throughput(Choice choice) implements Experiment {
  private static final String NAME = "throughput";
  private static final int[] SEVERAL_POLICIES = {2, 4};

  /**
   * What to measure; where a list is empty, the profile decides.
   *
   * @param workloads who asks
   * @param threads how many threads ask, in memory
   * @param profilers JMH's profilers beside that of the garbage collector, in memory
   */
  public record Choice(
      List<Popularity> workloads, List<Integer> threads, List<ProfilerConfig> profilers) {}

  /** As the profile says. */
  public Throughput() {
    this(new Choice(List.of(), List.of(), List.of()));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean measuresPeers() {
    return true;
  }

  @Override
  public Duration planned(Run run) {
    return loop(run).planned(groups(run));
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    loop(run).measure(groups(run), 1);
  }

  private ClosedLoop loop(Run run) {
    return new ClosedLoop(
        run,
        NAME,
        Effort.THROUGHPUT_MEMORY.of(run),
        Effort.THROUGHPUT_REDIS.of(run),
        choice.profilers);
  }

  private List<Group> groups(Run run) {
    boolean full = run.profile() == Profile.FULL;
    List<Popularity> workloads = !choice.workloads.isEmpty()
        ? choice.workloads
        : full
            ? List.of(Popularity.UNIFORM, Popularity.ZIPF, Popularity.ONE_HOT_KEY)
            : List.of(Popularity.ZIPF);
    // How they grow with the threads is the scaling experiment's.
    List<Integer> threads = !choice.threads.isEmpty()
        ? choice.threads
        : List.of(Runtime.getRuntime().availableProcessors());
    // Of the server's default, or of all; each beside one policy, so that the ratio can be read.
    List<Subject> together = Subject.limiters(run).stream()
        .filter(subject -> full || subject.name().equals(Algorithm.GCRA.id()))
        .toList();
    List<Group> groups = new ArrayList<>();
    for (Subject subject : Subject.inMemory()) {
      for (Popularity keys : subject.isLimit() ? workloads.subList(0, 1) : workloads) {
        threads.forEach(n -> groups.add(Group.inMemory(subject, keys, n)));
      }
    }
    RedisUnderTest redis = run.redis();
    if (redis != null) {
      // One thread of Redis decides one after the other: who is asked for makes no difference that
      // is worth the time.
      List<Popularity> keys = choice.workloads.isEmpty() ? List.of(Popularity.ZIPF) : workloads;
      for (String client : Subject.CLIENTS) {
        keys.forEach(k -> groups.addAll(Group.onRedis(Subject.onRedis(redis, client), k)));
      }
    }
    for (int policies : SEVERAL_POLICIES) {
      for (Subject subject : together) {
        Group one = subject.isRemote()
            ? Group.onRedis(List.of(subject), Popularity.ZIPF, 1)
            : Group.inMemory(subject, workloads.get(0), threads.get(0));
        groups.add(one.withPolicies(policies));
      }
    }
    return groups;
  }
}
