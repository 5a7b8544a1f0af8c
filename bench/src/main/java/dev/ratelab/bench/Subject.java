package dev.ratelab.bench;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Series;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is measured: an algorithm on a backend, or a physical limit of that backend, which no limiter can beat.
 *
 * @param name an algorithm's id, {@value #CLOCK_READ}, {@value #PING} or {@value #NO_OP}
 * @param backend {@code memory}, {@code redis} or {@code redis-cluster}
 * @param client {@code lettuce}, {@code jedis}, or {@code none} in memory
 */
public record Subject(String name, String backend, String client) {
  /** Reading the clock that the in-memory limiters read. */
  public static final String CLOCK_READ = "clock-read";

  /** A PING: the round trip alone. */
  public static final String PING = "ping";

  /** An EVALSHA of a script that does nothing: the round trip and Redis' cost of any script. */
  public static final String NO_OP = "no-op-evalsha";

  /** The backend in this process. */
  public static final String MEMORY = "memory";

  /** The backend on a Redis server. */
  public static final String REDIS = "redis";

  /** The backend on a Redis Cluster. */
  public static final String REDIS_CLUSTER = "redis-cluster";

  /** The Redis clients, in the order measured. */
  public static final List<String> CLIENTS = List.of("lettuce", "jedis");

  private static final Pattern ID = Pattern.compile("([a-z-]+)@([a-z-]+)/([a-z]+)");

  /** Every algorithm in memory, and the clock. */
  public static List<Subject> inMemory() {
    return subjects(MEMORY, Measurement.NONE, CLOCK_READ);
  }

  /** Every algorithm on a run's Redis over one client, PING and the script that does nothing. */
  public static List<Subject> onRedis(RedisUnderTest redis, String client) {
    return subjects(redis.backend(), client, PING, NO_OP);
  }

  /** Every algorithm on every backend of a run, without the physical limits. */
  public static List<Subject> limiters(Run run) {
    List<Subject> all = new ArrayList<>(inMemory());
    RedisUnderTest redis = run.redis();
    if (redis != null) {
      CLIENTS.forEach(client -> all.addAll(onRedis(redis, client)));
    }
    all.removeIf(Subject::isLimit);
    return all;
  }

  private static List<Subject> subjects(String backend, String client, String... limits) {
    List<Subject> subjects = new ArrayList<>();
    for (Algorithm algorithm : Algorithm.values()) {
      subjects.add(new Subject(algorithm.id(), backend, client));
    }
    for (String limit : limits) {
      subjects.add(new Subject(limit, backend, client));
    }
    return subjects;
  }

  /**
   * The subject of this {@link #id()}.
   *
   * @throws IllegalArgumentException if it is not one
   */
  public static Subject parse(String id) {
    Matcher parts = ID.matcher(id);
    if (!parts.matches()) {
      throw new IllegalArgumentException("not a subject: " + id);
    }
    return new Subject(parts.group(1), parts.group(2), parts.group(3));
  }

  /** One word that names it, for {@link #parse}. */
  public String id() {
    return name + "@" + backend + "/" + client;
  }

  /** Whether this is a physical limit and no limiter. */
  public boolean isLimit() {
    return Arrays.stream(Algorithm.values())
        .noneMatch(algorithm -> algorithm.id().equals(name));
  }

  /** Whether it is reached over a network. */
  public boolean isRemote() {
    return !backend.equals(MEMORY);
  }

  /** The fields that all its measurements share; a physical limit's workload is its name. */
  public Series series(String experiment, String workload) {
    Series series = Series.of(experiment).backend(backend, client);
    return isLimit()
        ? series.subject(Measurement.LIMIT).workload(name)
        : series.algorithm(name).workload(workload);
  }

  /** For people, for example {@code gcra, redis over jedis}. */
  public String title() {
    return name + ", " + backend + (isRemote() ? " over " + client : "");
  }
}
