package dev.ratelab.bench.peer;

import dev.ratelab.bench.Subject;
import dev.ratelab.reports.results.Notice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** All peers. */
public final class Peers {
  private static final List<Peer> ALL = Stream.of(
          MemoryPeer.ALL,
          Bucket4jRedis.LETTUCE,
          List.of(SpringCloudGatewayPeer.PEER, RedissonPeer.PEER),
          Bucket4jRedis.JEDIS)
      .flatMap(List::stream)
      .toList();

  // Here and not at them: what starts a program need not know what the program promises.
  private static final Map<String, Peer.Terms> HTTP = Map.of(
      "nginx",
      new Peer.Terms(
          "at most B + N·t/W in every t: limit_req, which it calls a leaky bucket, without delaying anybody, and which decides as GCRA does",
          "the rate is whole requests a minute and at least one; the clock counts milliseconds",
          "the status alone",
          "the URL's argument in a shared memory zone of 64 MiB",
          "the least recently used go when the zone is full",
          "a lock that all workers share"),
      "express-rate-limiter-flexible",
      new Peer.Terms(
          "N in each window of length W since the key's first request, so 2N around a window's end",
          "no burst; the window is whole seconds",
          "remaining permits and the time until the window ends",
          "a Redis key for each",
          "with its window",
          "one script by EVALSHA: 1 round trip"));

  private Peers() {}

  /** Those that run in this process, in the order shown. */
  public static List<Peer> all() {
    return ALL;
  }

  /** The peer that a subject is, if it is one. */
  public static Optional<Peer> find(String name, String backend, String client) {
    return ALL.stream()
        .filter(peer -> peer.name().equals(name)
            && peer.backend().equals(backend)
            && peer.client().equals(client))
        .findFirst();
  }

  /**
   * What the results say of them: of those that are there the version, what the peer promises and what its decision carries;
   * of those over HTTP that are not there why. A name with adapters in several places is followed by the place.
   */
  public static List<Notice> notices() {
    List<Notice> notices = new ArrayList<>();
    for (Peer peer : ALL) {
      notices.add(Notice.peer(title(peer), fact(peer.version(), peer.terms())));
    }
    for (HttpPeer peer : HttpPeer.all()) {
      peer.absentBecause()
          .ifPresentOrElse(
              reason -> notices.add(Notice.absent(peer.name(), reason)),
              () -> notices.add(Notice.peer(peer.name(), fact(peer.version(), terms(peer)))));
    }
    return notices;
  }

  private static String fact(String version, Peer.Terms terms) {
    return "%s. Promises %s. A decision carries %s"
        .formatted(version, terms.promise(), terms.decision());
  }

  /** For a run on a Redis Cluster: that the peers on Redis are not in it. */
  public static List<Notice> absentFromCluster() {
    return ALL.stream()
        .filter(peer -> peer.backend().equals(Subject.REDIS))
        .map(peer -> Notice.absent(
            peer.name(),
            "its adapter does not know a Redis Cluster; with --redis embedded it takes part"))
        .toList();
  }

  /**
   * That the others are not in an experiment in virtual time.
   *
   * @param redis whether those on Redis are in the run at all
   */
  public static List<Notice> absentFromVirtualTime(String experiment, boolean redis) {
    return ALL.stream()
        .filter(peer -> !peer.inVirtualTime() && (redis || peer.backend().equals(Peer.MEMORY)))
        .map(peer -> Notice.absent(
            "%s in %s".formatted(title(peer), experiment),
            "that experiment is in virtual time, and %s"
                .formatted(
                    peer.takes().contains(Peer.Takes.CLOCK)
                        ? "there each decision would wait for Redis by itself; in memory it decides alike"
                        : "no clock can be given to it")))
        .toList();
  }

  /** Its name, and its place if it has several. */
  private static String title(Peer peer) {
    boolean severalPlaces =
        ALL.stream().filter(other -> other.name().equals(peer.name())).count() > 1;
    return peer.name() + (severalPlaces ? " (" + backend(peer) + ")" : "");
  }

  static String backend(Peer peer) {
    return peer.client().equals(Peer.NONE) ? peer.backend() : peer.backend() + ", " + peer.client();
  }

  static Peer.Terms terms(HttpPeer peer) {
    return Objects.requireNonNull(HTTP.get(peer.name()), peer.name());
  }
}
