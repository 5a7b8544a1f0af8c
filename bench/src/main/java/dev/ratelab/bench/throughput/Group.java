package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Keys.Popularity;
import dev.ratelab.bench.Subject;
import dev.ratelab.reports.results.Series;
import java.util.List;

/**
 * Subjects that take turns in one JVM, and how they are called.
 *
 * @param subjects of one backend and one client
 * @param method of {@link DecisionBenchmark}
 * @param keys who asks
 * @param threads how many threads ask
 */
public record Group(List<Subject> subjects, String method, Popularity keys, int threads) {

  /** A subject in memory by itself: a JVM that has run another one compiles this one differently. */
  public static Group inMemory(Subject subject, Popularity keys, int threads) {
    return new Group(List.of(subject), subject.isLimit() ? "clockRead" : "blocking", keys, threads);
  }

  /** All subjects of a Redis client, with {@value DecisionBenchmark#IN_FLIGHT} calls under way. */
  static Group onRedis(List<Subject> subjects, Popularity keys) {
    boolean blocking = subjects.get(0).client().equals("jedis");
    return blocking
        ? new Group(subjects, "blocking", keys, DecisionBenchmark.IN_FLIGHT)
        : new Group(subjects, "inFlight", keys, 1);
  }

  boolean isRemote() {
    return subjects.get(0).isRemote();
  }

  /** What a subject's measurements share: a physical limit's are the same under every load. */
  Series series(String experiment, Subject subject) {
    return subject.series(experiment, keys.id()).threads(threads);
  }

  String title() {
    Subject first = subjects.get(0);
    String who = subjects.size() == 1
        ? first.title()
        : "all of " + first.backend() + " over " + first.client();
    return "%s, %s, %d %s".formatted(who, keys.id(), threads, threads == 1 ? "thread" : "threads");
  }
}
