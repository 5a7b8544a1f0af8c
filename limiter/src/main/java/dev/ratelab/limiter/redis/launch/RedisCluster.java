package dev.ratelab.limiter.redis.launch;

import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.launch.EmbeddedRedis.ClusterNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/**
 * A Redis Cluster of our own: primaries on this machine, each with its share of the slots, with or without replicas.
 *
 * <p>Each node begins with a file that names all others and their slots. Were they to meet, they would need up to ten seconds to tell each
 * other, since a node asks another once a second.
 */
public final class RedisCluster implements AutoCloseable {
  private static final int SLOTS = 1 << 14;
  private static final int ATTEMPTS = 3;
  private static final long FORM_SECONDS = 120;

  /** A node of the cluster before it is started. */
  private record Place(String id, int port, int bus, String role) {
    String line(boolean myself) {
      return "%s 127.0.0.1:%s@%s %s%s\n".formatted(id, port, bus, myself ? "myself," : "", role);
    }
  }

  private final int primaries;

  /** What was started, also of a start that failed. */
  private final Queue<EmbeddedRedis> started = new ConcurrentLinkedQueue<>();

  /** The primaries, then the replicas in the same order. */
  private final List<RedisAddress> nodes = new ArrayList<>();

  private RedisCluster(int primaries) {
    this.primaries = primaries;
  }

  /**
   * Starts a cluster and waits until each node serves all slots.
   *
   * @param primaries how many nodes, at least 1
   * @throws NoRedisException if it cannot be had
   */
  public static RedisCluster start(int primaries) {
    return start(primaries, anywhere(primaries));
  }

  /**
   * Starts a cluster whose first node is on a port that clients wait for.
   *
   * @param port the port, which is free
   * @param primaries how many nodes, at least 1
   * @throws NoRedisException if it cannot be had
   */
  public static RedisCluster startOn(int port, int primaries) {
    List<Integer> ports = anywhere(primaries);
    ports.set(0, port);
    return start(primaries, ports);
  }

  /**
   * Starts a cluster in which each primary has one replica, and waits until each replica follows.
   *
   * @param primaries how many primaries, at least 1; a replica is elected only where most of them live, so of fewer than 3 none
   * @throws NoRedisException if it cannot be had
   */
  public static RedisCluster startWithReplicas(int primaries) {
    return start(primaries, anywhere(2 * primaries));
  }

  /**
   * Starts an empty one on the ports of this, which is closed.
   *
   * @throws NoRedisException if it cannot be had
   */
  public RedisCluster again() {
    return start(primaries, nodes.stream().map(RedisAddress::port).toList());
  }

  private static List<Integer> anywhere(int nodes) {
    return new ArrayList<>(Collections.nCopies(nodes, EmbeddedRedis.ANY_PORT));
  }

  private static RedisCluster start(int primaries, List<Integer> ports) {
    for (int attempt = 1; attempt < ATTEMPTS; attempt++) {
      try {
        return startOnce(primaries, ports);
      } catch (NoRedisException e) {
        // A port that was free may have been taken meanwhile.
        if (Thread.currentThread().isInterrupted()) {
          throw e;
        }
      }
    }
    return startOnce(primaries, ports);
  }

  private static RedisCluster startOnce(int primaries, List<Integer> ports) {
    RedisCluster cluster = new RedisCluster(primaries);
    try {
      cluster.launch(places(primaries, ports));
      cluster.awaitFormed();
      return cluster;
    } catch (JedisException | IOException e) {
      cluster.close();
      throw new NoRedisException("the cluster could not be formed: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      cluster.close();
      Thread.currentThread().interrupt();
      throw new NoRedisException("interrupted while the cluster formed", e);
    } catch (NoRedisException e) {
      cluster.close();
      throw e;
    }
  }

  private static List<Place> places(int primaries, List<Integer> ports) throws IOException {
    List<Integer> free = freePorts(2 * ports.size());
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < ports.size(); i++) {
      int port = ports.get(i) == EmbeddedRedis.ANY_PORT ? free.get(2 * i) : ports.get(i);
      // Its flags, whom it follows, two times that mean nothing yet, its epoch, its link, its
      // slots.
      String role = i < primaries
          ? "master - 0 0 %s connected %s-%s"
              .formatted(i + 1, SLOTS * i / primaries, SLOTS * (i + 1) / primaries - 1)
          : "slave %s 0 0 %s connected".formatted(places.get(i - primaries).id, i + 1 - primaries);
      places.add(new Place(id(), port, free.get(2 * i + 1), role));
    }
    return places;
  }

  /** 40 hexadecimal digits. */
  private static String id() {
    return (UUID.randomUUID().toString() + UUID.randomUUID()).replace("-", "").substring(0, 40);
  }

  private static List<Integer> freePorts(int number) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      // All are open at once, so that no two are the same.
      for (int i = 0; i < number; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }

  /** Starts all at once. When it returns or throws, nothing is being started any more. */
  private void launch(List<Place> places) throws InterruptedException {
    List<Callable<EmbeddedRedis>> starts = new ArrayList<>();
    for (Place place : places) {
      StringBuilder known = new StringBuilder();
      places.forEach(each -> known.append(each.line(each.equals(place))));
      known.append("vars currentEpoch %s lastVoteEpoch 0\n".formatted(primaries));
      ClusterNode node = new ClusterNode(place.bus, known.toString());
      starts.add(() -> {
        EmbeddedRedis redis = EmbeddedRedis.start(place.port, node);
        started.add(redis);
        return redis;
      });
    }
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      for (Future<EmbeddedRedis> start : threads.invokeAll(starts)) {
        nodes.add(start.get().address());
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof NoRedisException failure
          ? failure
          : new NoRedisException("a node of the cluster could not be had", e);
    } finally {
      threads.shutdownNow();
      threads.awaitTermination(FORM_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void awaitFormed() throws InterruptedException {
    for (RedisAddress node : nodes) {
      await("a node does not serve", () -> serves(node));
    }
    for (RedisAddress replica : replicas()) {
      await(
          "a replica does not follow",
          () -> command(replica, Command.INFO, "replication").contains("master_link_status:up"));
    }
  }

  /** The primaries at the start; any of them tells a client of the others. */
  public List<RedisAddress> addresses() {
    return List.copyOf(nodes.subList(0, primaries));
  }

  /** The replicas, in the order of their primaries; none if it was started without. */
  public List<RedisAddress> replicas() {
    return List.copyOf(nodes.subList(primaries, nodes.size()));
  }

  /** Stops all nodes. */
  @Override
  public void close() {
    started.forEach(EmbeddedRedis::stop);
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(FORM_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new NoRedisException("the cluster did not form: " + what, null);
      }
      Thread.sleep(20);
    }
  }

  private boolean serves(RedisAddress node) {
    String info = command(node, Command.CLUSTER, "INFO");
    return info.contains("cluster_state:ok")
        && info.contains("cluster_size:" + primaries)
        && info.contains("cluster_known_nodes:" + nodes.size());
  }

  private static String command(RedisAddress node, Command command, String... arguments) {
    try (Connection connection = new Connection(node.host(), node.port())) {
      connection.sendCommand(command, arguments);
      return new String((byte[]) connection.getOne(), StandardCharsets.UTF_8);
    }
  }
}
