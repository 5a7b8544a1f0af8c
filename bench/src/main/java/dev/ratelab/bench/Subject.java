package dev.ratelab.bench;

import dev.ratelab.bench.peer.Peer;
import dev.ratelab.bench.peer.Peers;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Series;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is measured: an algorithm on a backend, a limiter of others ({@link Peer}), or a physical limit of that backend, which
 * no limiter can beat.
 *
 * @param name an algorithm's id, also with a {@linkplain #leased lease}, a peer's name, {@value #CLOCK_READ}, {@value #PING} or {@value #NO_OP}
 * @param backend {@code memory}, {@code redis} or {@code redis-cluster}
 * @param client {@code lettuce}, {@code jedis}, a peer's own, or {@code none} in memory
 */
public record Subject(String name, String backend, String client) implements Serializable {
  /** Reading the clock that the in-memory limiters read. */
  public static final String CLOCK_READ = "clock-read";

  /** A PING: the round trip alone. */
  public static final String PING = "ping";

  /** An EVALSHA of a script that does nothing: the round trip and Redis' cost of any script. */
  public static final String NO_OP = "no-op-evalsha";

  /** A number for each key in a concurrent map, for what a key takes. */
  public static final String MAP_ENTRY = "map-entry";

  /** A Redis key as long as a limiter's that holds a number, for what a key takes. */
  public static final String BARE_KEY = "bare-key";

  /** The backend in this process. */
  public static final String MEMORY = "memory";

  /** The backend on a Redis server. */
  public static final String REDIS = "redis";

  /** The backend on a Redis Cluster. */
  public static final String REDIS_CLUSTER = "redis-cluster";

  /** The Redis clients, in the order measured. */
  public static final List<String> CLIENTS = List.of("lettuce", "jedis");

  // The client without an asynchronous interface.
  private static final String BLOCKING = "jedis";

  private static final Set<String> LIMITS = Set.of(CLOCK_READ, PING, NO_OP, MAP_ENTRY, BARE_KEY);

  private static final Pattern LEASED = Pattern.compile("(.+)(-lease-(\\d+)-for-(\\d+)ms)");

  private static final Pattern ID = Pattern.compile("([a-z0-9-]+)@([a-z-]+)/([a-z]+)");

  /** Every algorithm in memory, every peer, and the clock. */
  public static List<Subject> inMemory() {
    List<Subject> subjects = subjects(MEMORY, Measurement.NONE, CLOCK_READ);
    subjects.addAll(peers(MEMORY, peer -> true));
    return subjects;
  }

  /**
   * Every algorithm on a run's Redis over one client, PING, the script that does nothing, and the peers: those with a client
   * of their own, which is asynchronous, are among Lettuce's. No peer here knows a cluster.
   */
  public static List<Subject> onRedis(RedisUnderTest redis, String client) {
    List<Subject> subjects = subjects(redis.backend(), client, PING, NO_OP);
    boolean asynchronous = !client.equals(BLOCKING);
    subjects.addAll(
        peers(redis.backend(), peer -> asynchronous == !peer.client().equals(BLOCKING)));
    return subjects;
  }

  /** All of them, in memory and on a run's Redis over each client. */
  public static List<Subject> all(Run run) {
    List<Subject> all = inMemory();
    RedisUnderTest redis = run.redis();
    if (redis != null) {
      CLIENTS.forEach(client -> all.addAll(onRedis(redis, client)));
    }
    return all;
  }

  /** Every algorithm of ours on every backend of a run. */
  public static List<Subject> limiters(Run run) {
    List<Subject> all = all(run);
    all.removeIf(subject -> subject.isLimit() || subject.peer().isPresent());
    return all;
  }

  /**
   * The peers in this process whose clock can be given, so that they can decide in virtual time. On Redis it could be given, too,
   * but the round trips of each decision would have to be waited for.
   */
  public static List<Subject> peersInVirtualTime() {
    return peers(MEMORY, Peer::inVirtualTime);
  }

  /** What a load may have for its target: every algorithm, everywhere, and the physical limits of each place. */
  public static List<Subject> loadable() {
    List<Subject> all = subjects(MEMORY, Measurement.NONE, CLOCK_READ);
    for (String backend : List.of(REDIS, REDIS_CLUSTER)) {
      CLIENTS.forEach(client -> all.addAll(subjects(backend, client, PING, NO_OP)));
    }
    return all;
  }

  private static List<Subject> peers(String backend, Predicate<Peer> wanted) {
    return Peers.all().stream()
        .filter(peer -> peer.backend().equals(backend))
        .filter(wanted)
        .map(Subject::of)
        .toList();
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

  /** A peer as it is measured. */
  public static Subject of(Peer peer) {
    return new Subject(peer.name(), peer.backend(), peer.client());
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

  /** The same algorithm whose instance may borrow from its counters, for a time in whole milliseconds. */
  public Subject leased(Lease lease) {
    return new Subject(
        "%s-lease-%s-for-%sms".formatted(name, lease.permits(), lease.time().toMillis()),
        backend,
        client);
  }

  /** How its instance may borrow, or null if each request asks the backend. */
  public @Nullable Lease lease() {
    Matcher leased = LEASED.matcher(name);
    return leased.matches()
        ? Lease.of(
            Long.parseLong(leased.group(3)), Duration.ofMillis(Long.parseLong(leased.group(4))))
        : null;
  }

  /** One word that names it, for {@link #parse}. */
  public String id() {
    return name + "@" + backend + "/" + client;
  }

  /** Whether this is a physical limit and no limiter. */
  public boolean isLimit() {
    return LIMITS.contains(name);
  }

  /** The limiter of others that this is, if it is one. */
  public Optional<Peer> peer() {
    return Peers.find(name, backend, client);
  }

  /** Whether it is asked without waiting for each answer; otherwise by several threads. */
  public boolean isAsynchronous() {
    // What is leased is mostly answered at once.
    return isRemote() && !client.equals(BLOCKING) && lease() == null;
  }

  /** Whether it is reached over a network. */
  public boolean isRemote() {
    return !backend.equals(MEMORY);
  }

  /**
   * The fields that all its measurements share; a physical limit's workload is its name, a peer's algorithm the one that it is
   * an instance of.
   */
  public Series series(String experiment, String workload) {
    Series series = Series.of(experiment).backend(backend, client);
    if (isLimit()) {
      return series.subject(Measurement.LIMIT).workload(name);
    }
    Matcher leased = LEASED.matcher(name);
    if (leased.matches()) {
      return series.algorithm(leased.group(1)).workload(workload + leased.group(2));
    }
    return peer()
        .map(peer -> series.subject(name).algorithm(peer.algorithm()))
        .orElseGet(() -> series.algorithm(name))
        .workload(workload);
  }

  /**
   * A policy of this algorithm.
   *
   * @throws IllegalArgumentException if this is no algorithm of ours
   */
  public Policy policy(Limit limit, String policy) {
    Matcher leased = LEASED.matcher(name);
    Algorithm algorithm = Algorithm.of(leased.matches() ? leased.group(1) : name);
    return Policy.of(policy, algorithm, limit).withDeadline(Target.DEADLINE).withLease(lease());
  }

  /** For people, for example {@code gcra, redis over jedis}. */
  public String title() {
    return name + ", " + backend + (isRemote() ? " over " + client : "");
  }
}
