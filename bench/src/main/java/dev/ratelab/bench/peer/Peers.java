package dev.ratelab.bench.peer;

import dev.ratelab.bench.Subject;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Notice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** All peers. */
public final class Peers {
  private static final List<Peer> ALL = Stream.of(
          List.of(
              Bucket4jMemory.PEER,
              Resilience4jPeer.PEER,
              GuavaPeer.PEER,
              FailsafePeers.BURSTY,
              FailsafePeers.SMOOTH),
          Bucket4jRedis.LETTUCE,
          List.of(SpringCloudGatewayPeer.PEER, RedissonPeer.PEER),
          Bucket4jRedis.JEDIS)
      .flatMap(List::stream)
      .toList();

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
              () -> notices.add(Notice.peer(peer.name(), fact(peer.version(), peer.terms()))));
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
        .filter(peer -> !peer.inVirtualTime() && (redis || peer.backend().equals(Subject.MEMORY)))
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
    return peer.backend() + (!peer.client().equals(Measurement.NONE) ? ", " + peer.client() : "");
  }
}
