package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Subject;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.reports.results.Series;
import java.util.ArrayList;
import java.util.List;

/**
 * Subjects that take turns in one JVM, and how they are called.
 *
 * @param subjects of one backend and one client
 * @param method of {@link DecisionBenchmark}
 * @param keys who asks
 * @param threads how many threads ask
 * @param policies how many policies decide together
 * @param warmups how often a subject of this group is warmed up for as long as the effort says
 */
record Group(
    List<Subject> subjects,
    String method,
    Popularity keys,
    int threads,
    int policies,
    int warmups) {

  /** A subject in memory by itself: a JVM that has run another one compiles this one differently. */
  static Group inMemory(Subject subject, Popularity keys, int threads) {
    return new Group(
        List.of(subject), subject.isLimit() ? "clockRead" : "blocking", keys, threads, 1, 1);
  }

  /**
   * The subjects of a Redis client, with {@value DecisionBenchmark#IN_FLIGHT} calls under way. Ours and the physical limits
   * run the same code and warm each other; a peer is by itself, and warmed for as long as all of those together.
   */
  static List<Group> onRedis(List<Subject> subjects, Popularity keys) {
    List<Subject> alike =
        subjects.stream().filter(subject -> subject.peer().isEmpty()).toList();
    List<Group> groups = new ArrayList<>(List.of(onRedis(alike, keys, 1)));
    subjects.stream()
        .filter(subject -> subject.peer().isPresent())
        .forEach(peer -> groups.add(onRedis(List.of(peer), keys, alike.size())));
    return groups;
  }

  static Group onRedis(List<Subject> subjects, Popularity keys, int warmups) {
    return subjects.get(0).isAsynchronous()
        ? new Group(subjects, "inFlight", keys, 1, 1, warmups)
        : new Group(subjects, "blocking", keys, DecisionBenchmark.IN_FLIGHT, 1, warmups);
  }

  /** The same requests decided by several policies. Peers and physical limits must not be in it. */
  Group withPolicies(int several) {
    return new Group(subjects, method, keys, threads, several, warmups);
  }

  boolean isRemote() {
    return subjects.get(0).isRemote();
  }

  /** What a subject's measurements share: a physical limit's are the same under every load. */
  Series series(String experiment, Subject subject) {
    return subject.series(experiment, workload()).threads(threads);
  }

  private String workload() {
    return policies == 1 ? keys.id() : "%s-%s-policies".formatted(keys.id(), policies);
  }

  String title() {
    Subject first = subjects.get(0);
    String who = subjects.size() == 1
        ? first.title()
        : "all of " + first.backend() + " over " + first.client();
    return "%s, %s, %s %s".formatted(who, workload(), threads, threads == 1 ? "thread" : "threads");
  }
}
