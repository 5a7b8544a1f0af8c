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
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Decisions a second in a closed loop, the machine's limits and the peers in turns beside them ({@link ClosedLoop}).
 *
 * <p>In memory each subject has a JVM of its own, because one that has run another algorithm compiles this one differently. On
 * Redis the network decides and the code is the same for every algorithm of ours, so that those of a client share one: Lettuce
 * with one thread and {@value Group#IN_FLIGHT} calls in flight, Jedis with as many threads of one call each. A peer's code is
 * its own: it gets a JVM of its own and a longer warm-up.
 *
 * <p>One workload more has requests that 2 and 4 policies decide together; in the full profile one has keys that are new
 * strings, as a server's are.
 *
 * @param choice as the user says
 */
public record Throughput(Choice choice) implements Experiment {
  private static final String NAME = "throughput";
  private static final int[] SEVERAL_POLICIES = {2, 4};

  /** Calls under way where batches can form: in the full profile, over the client that does not wait. */
  private static final int MANY = 512;

  /**
   * What to measure; where a list is empty, the profile decides.
   *
   * @param threads how many threads ask, in memory
   * @param underWay calls under way on Redis, or threads that wait for one each
   * @param profilers JMH's profilers, in memory
   */
  public record Choice(
      List<Popularity> workloads,
      List<Integer> threads,
      List<Integer> underWay,
      List<ProfilerConfig> profilers) {}

  /** As the profile says. */
  public Throughput() {
    this(new Choice(List.of(), List.of(), List.of(), List.of()));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    return loop(run).planned(groups(run));
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    List<Group> groups = groups(run);
    loop(run).measure(groups, choice.profilers.isEmpty() ? 1 : 0.8);
    if (!choice.profilers.isEmpty()) {
      TimeValue turn =
          TimeValue.milliseconds(Effort.THROUGHPUT_MEMORY.of(run).warmup().toMillis());
      for (Group group : groups) {
        if (!group.isRemote()) {
          run.progress().step(group.title() + ", JMH's profilers", 0.9);
          Jmh.profile(run, NAME, group, choice.profilers, turn);
        }
      }
    }
  }

  private ClosedLoop loop(Run run) {
    return new ClosedLoop(
        run, NAME, Effort.THROUGHPUT_MEMORY.of(run), Effort.THROUGHPUT_REDIS.of(run));
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
    // The server's default.
    List<Subject> usual = Subject.limiters(run).stream()
        .filter(subject -> subject.name().equals(Algorithm.GCRA.id()))
        .toList();
    List<Group> groups = new ArrayList<>();
    for (Subject subject : Subject.inMemory()) {
      for (Popularity keys : workloads) {
        threads.forEach(n -> groups.add(Group.inMemory(subject, keys, n)));
      }
    }
    if (full && workloads.contains(Popularity.ZIPF)) {
      // What a new string costs hangs neither on who asks nor on the algorithm.
      Subject.inMemory().stream()
          .filter(
              subject -> subject.isLimit() || subject.peer().isPresent() || usual.contains(subject))
          .forEach(subject -> threads.forEach(
              n -> groups.add(Group.inMemory(subject, Popularity.ZIPF, n).as(Group.NEW_STRING))));
    }
    // As an application asks that wants no object for an answer.
    for (Subject subject : full ? Subject.limiters(run) : usual) {
      if (!subject.isRemote()) {
        for (Popularity keys : workloads) {
          threads.forEach(n -> groups.add(Group.inMemory(subject, keys, n).as(Group.NUMBER)));
        }
      }
    }
    RedisUnderTest redis = run.redis();
    if (redis != null) {
      // One thread of Redis decides one after the other: who is asked for makes no difference that
      // is worth the time.
      List<Popularity> keys = choice.workloads.isEmpty() ? List.of(Popularity.ZIPF) : workloads;
      for (String client : Subject.CLIENTS) {
        List<Integer> underWay = !choice.underWay.isEmpty()
            ? choice.underWay
            : full && client.equals(Subject.CLIENTS.get(0))
                ? List.of(Group.IN_FLIGHT, MANY)
                : List.of(Group.IN_FLIGHT);
        for (int calls : underWay) {
          keys.forEach(k -> groups.addAll(Group.onRedis(Subject.onRedis(redis, client), k, calls)));
        }
      }
    }
    for (int policies : SEVERAL_POLICIES) {
      usual.stream()
          .filter(subject -> !subject.isRemote())
          .map(subject -> Group.inMemory(subject, workloads.get(0), threads.get(0)))
          .forEach(group -> groups.add(group.withPolicies(policies)));
      for (String client : Subject.CLIENTS) {
        List<Subject> same =
            usual.stream().filter(subject -> subject.client().equals(client)).toList();
        if (!same.isEmpty()) {
          groups.add(
              Group.onRedis(same, Popularity.ZIPF, Group.IN_FLIGHT).get(0).withPolicies(policies));
        }
      }
    }
    return groups;
  }
}
