package dev.ratelab.limiter.redis.launch;

import dev.ratelab.limiter.redis.RedisAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/** A Redis Cluster of our own: primaries on this machine, each with its share of the slots, with or without replicas. */
public final class RedisCluster implements AutoCloseable {
  private static final int SLOTS = 1 << 14;
  private static final long FORM_SECONDS = 120;

  private final List<EmbeddedRedis> nodes = new ArrayList<>();
  private final List<EmbeddedRedis> replicas = new ArrayList<>();

  private RedisCluster() {}

  /**
   * Starts a cluster and waits until each node serves all slots.
   *
   * @param primaries how many nodes, at least 1
   * @throws NoRedisException if it cannot be had
   */
  public static RedisCluster start(int primaries) {
    return start(EmbeddedRedis.ANY_PORT, primaries, false);
  }

  /**
   * Starts a cluster whose first node is on a port that clients wait for.
   *
   * @param port the port, which is free
   * @param primaries how many nodes, at least 1
   * @throws NoRedisException if it cannot be had
   */
  public static RedisCluster startOn(int port, int primaries) {
    return start(port, primaries, false);
  }

  /**
   * Starts a cluster in which each primary has one replica, and waits until each replica follows.
   *
   * @param primaries how many primaries, at least 1; a replica is elected only where most of them live
   * @throws NoRedisException if it cannot be had
   */
  public static RedisCluster startWithReplicas(int primaries) {
    return start(EmbeddedRedis.ANY_PORT, primaries, true);
  }

  private static RedisCluster start(int port, int primaries, boolean withReplicas) {
    RedisCluster cluster = new RedisCluster();
    try {
      for (int i = 0; i < primaries; i++) {
        cluster.nodes.add(EmbeddedRedis.start(i == 0 ? port : EmbeddedRedis.ANY_PORT, true));
        if (withReplicas) {
          cluster.replicas.add(EmbeddedRedis.start(EmbeddedRedis.ANY_PORT, true));
        }
      }
      cluster.join();
      cluster.follow();
      return cluster;
    } catch (JedisException e) {
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

  /** The primaries at the start; any of them tells a client of the others. */
  public List<RedisAddress> addresses() {
    return nodes.stream().map(EmbeddedRedis::address).toList();
  }

  /** The replicas, in the order of their primaries; none if it was started without. */
  public List<RedisAddress> replicas() {
    return replicas.stream().map(EmbeddedRedis::address).toList();
  }

  /** Stops all nodes. */
  @Override
  public void close() {
    nodes.forEach(EmbeddedRedis::stop);
    replicas.forEach(EmbeddedRedis::stop);
  }

  private void join() throws InterruptedException {
    RedisAddress first = nodes.get(0).address();
    for (int i = 0; i < nodes.size(); i++) {
      RedisAddress node = nodes.get(i).address();
      int from = SLOTS * i / nodes.size();
      int to = SLOTS * (i + 1) / nodes.size() - 1;
      cluster(node, "ADDSLOTSRANGE", Integer.toString(from), Integer.toString(to));
      if (i > 0) {
        meet(first, nodes.get(i));
      }
    }
    replicas.forEach(replica -> meet(first, replica));
    for (EmbeddedRedis node : Stream.concat(nodes.stream(), replicas.stream()).toList()) {
      await("its nodes do not agree", () -> knowsAll(node.address()));
    }
  }

  private void follow() throws InterruptedException {
    for (int i = 0; i < replicas.size(); i++) {
      String primary = cluster(nodes.get(i).address(), "MYID");
      cluster(replicas.get(i).address(), "REPLICATE", primary);
    }
    for (EmbeddedRedis replica : replicas) {
      await(
          "a replica does not follow",
          () -> command(replica.address(), Command.INFO, "replication")
              .contains("master_link_status:up"));
    }
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

  private static void meet(RedisAddress first, EmbeddedRedis node) {
    cluster(
        first,
        "MEET",
        node.address().host(),
        Integer.toString(node.address().port()),
        Integer.toString(node.busPort()));
  }

  private boolean knowsAll(RedisAddress node) {
    String info = cluster(node, "INFO");
    return info.contains("cluster_state:ok")
        && info.contains("cluster_size:" + nodes.size())
        && info.contains("cluster_known_nodes:" + (nodes.size() + replicas.size()));
  }

  private static String cluster(RedisAddress node, String... arguments) {
    return command(node, Command.CLUSTER, arguments);
  }

  private static String command(RedisAddress node, Command command, String... arguments) {
    try (Connection connection = new Connection(node.host(), node.port())) {
      connection.sendCommand(command, arguments);
      return new String((byte[]) connection.getOne(), StandardCharsets.UTF_8);
    }
  }
}
