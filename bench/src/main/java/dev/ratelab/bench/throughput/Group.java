package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Subject;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.bench.workload.TextLines;
import dev.ratelab.reports.results.Series;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Subjects that share one JVM, and how they are called.
 *
 * @param subjects of one backend and one client
 * @param underWay calls that are unanswered at a time, of those that do not wait
 * @param warmups how often a subject of this group is warmed up for as long as the effort says
 * @param variant empty, or what tells it from others of its kind: {@link #NUMBER}, {@link #NEW_STRING}, or {@link #SLOWED} with a number
 */
public record Group(
    List<Subject> subjects,
    Popularity keys,
    int threads,
    int underWay,
    int policies,
    int warmups,
    String variant)
    implements Serializable {
  /** Calls that are unanswered at a time unless a group says otherwise, and threads that wait for one each. */
  static final int IN_FLIGHT = 16;

  /** Asked by {@link dev.ratelab.limiter.memory.MemoryRateLimiter#tryAcquire}: one number, of a key that was hashed before. */
  static final String NUMBER = "hashed-key";

  /** Asked with a string that was made for the request, as a server has it: nobody finds a hash code that was kept in it. */
  static final String NEW_STRING = "new-string";

  /** The same with every tenth decision left out of the count: a planted slow-down to 0.9 of the rate. */
  static final String SLOWED = "slowed";

  private static final Duration LEAD_IN = Duration.ofMillis(5);

  /** How often as long a peer is warmed up on Redis, where nobody warms its client for it. */
  private static final int ALONE = 3;

  /** How a subject is called: the methods of {@link DecisionBenchmark}. */
  enum Call {
    CLOCK("clockRead"),
    NUMBER("number"),
    NEW_STRING("newString"),
    BLOCKING("blocking"),
    IN_FLIGHT("inFlight");

    final String method;

    Call(String method) {
      this.method = method;
    }
  }

  /** Who takes turns with whom: those with one load at one place. */
  record Panel(
      boolean remote,
      boolean asynchronous,
      Popularity keys,
      int threads,
      int underWay,
      boolean newStrings) {}

  /** A subject in memory by itself: a JVM that has run another one compiles this one differently. */
  public static Group inMemory(Subject subject, Popularity keys, int threads) {
    return new Group(List.of(subject), keys, threads, IN_FLIGHT, 1, 1, "");
  }

  /**
   * The subjects of a Redis client. Ours and the physical limits run the same code and warm each other; a peer is by itself,
   * and warmed up for longer.
   *
   * @param underWay calls that are unanswered at a time; where calls wait, as many threads ask
   */
  public static List<Group> onRedis(List<Subject> subjects, Popularity keys, int underWay) {
    List<Subject> alike =
        subjects.stream().filter(subject -> subject.peer().isEmpty()).toList();
    List<Group> groups = new ArrayList<>(List.of(onRedis(alike, keys, underWay, 1)));
    subjects.stream()
        .filter(subject -> subject.peer().isPresent())
        .forEach(peer -> groups.add(onRedis(List.of(peer), keys, underWay, ALONE)));
    return groups;
  }

  private static Group onRedis(List<Subject> subjects, Popularity keys, int underWay, int warmups) {
    int threads = subjects.get(0).isAsynchronous() ? 1 : underWay;
    return new Group(subjects, keys, threads, underWay, 1, warmups, "");
  }

  /** The same requests decided by several policies. Peers and physical limits must not be in it. */
  Group withPolicies(int several) {
    return new Group(subjects, keys, threads, underWay, several, warmups, variant);
  }

  /** The same subjects as a variant. */
  public Group as(String variant) {
    return new Group(subjects, keys, threads, underWay, policies, warmups, variant);
  }

  /** Calls between two looks at the clock. */
  int batch() {
    return isRemote() ? 9 : 45;
  }

  /** Calls in each {@link #batch} that are made and not counted. */
  int extra() {
    return variant.startsWith(SLOWED) ? batch() / 9 : 0;
  }

  /** For how long before its turn a subject is asked and not measured: not on Redis, whose processor time it would be in. */
  Duration leadIn() {
    return isRemote() ? Duration.ZERO : LEAD_IN;
  }

  Panel panel() {
    return new Panel(
        isRemote(),
        subjects.get(0).isAsynchronous(),
        keys,
        threads,
        underWay,
        variant.equals(NEW_STRING));
  }

  Call call() {
    Subject first = subjects.get(0);
    if (first.name().equals(Subject.CLOCK_READ)) {
      return Call.CLOCK;
    }
    return switch (variant) {
      case NUMBER -> Call.NUMBER;
      case NEW_STRING -> Call.NEW_STRING;
      default -> first.isAsynchronous() ? Call.IN_FLIGHT : Call.BLOCKING;
    };
  }

  boolean isRemote() {
    return subjects.get(0).isRemote();
  }

  /** What a subject's measurements share. */
  public Series series(String experiment, Subject subject) {
    Series series = subject.series(experiment, workload()).threads(threads);
    return subject.isLimit() ? series.workload(series.workload() + load()) : series;
  }

  private String workload() {
    return keys.id()
        + load()
        + (policies == 1 ? "" : "-%s-policies".formatted(policies))
        + (variant.isEmpty() ? "" : "-" + variant);
  }

  private String load() {
    return call() != Call.IN_FLIGHT || underWay == IN_FLIGHT
        ? ""
        : "-%s-in-flight".formatted(underWay);
  }

  /** For people: who is asked, and how. */
  public String title() {
    Subject first = subjects.get(0);
    String who = subjects.size() == 1
        ? first.title()
        : "all of " + first.backend() + " over " + first.client();
    return "%s, %s, %s".formatted(who, workload(), TextLines.counted(threads, "thread"));
  }
}
