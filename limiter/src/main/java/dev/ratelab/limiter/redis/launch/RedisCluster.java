package dev.ratelab.limiter.redis.launch;

import dev.ratelab.limiter.redis.RedisAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/** A Redis Cluster of our own: primaries without replicas on this machine, each with its share of the slots. */
public final class RedisCluster implements AutoCloseable {
  private static final int SLOTS = 1 << 14;
  private static final long FORM_SECONDS = 120;

  private final List<EmbeddedRedis> nodes = new ArrayList<>();

  private RedisCluster() {}

  /**
   * Starts a cluster and waits until each node serves all slots.
   *
   * @param primaries how many nodes, at least 1
   * @throws NoRedisException if it cannot be had
   */
  public static RedisCluster start(int primaries) {
    RedisCluster cluster = new RedisCluster();
    try {
      for (int i = 0; i < primaries; i++) {
        cluster.nodes.add(EmbeddedRedis.startClusterNode());
      }
      cluster.join();
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

  /** The nodes; any of them tells a client of the others. */
  public List<RedisAddress> addresses() {
    return nodes.stream().map(EmbeddedRedis::address).toList();
  }

  /** Stops all nodes. */
  @Override
  public void close() {
    nodes.forEach(EmbeddedRedis::stop);
  }

  private void join() throws InterruptedException {
    RedisAddress first = nodes.get(0).address();
    for (int i = 0; i < nodes.size(); i++) {
      RedisAddress node = nodes.get(i).address();
      int from = SLOTS * i / nodes.size();
      int to = SLOTS * (i + 1) / nodes.size() - 1;
      cluster(node, "ADDSLOTSRANGE", Integer.toString(from), Integer.toString(to));
      if (i > 0) {
        cluster(
            first,
            "MEET",
            node.host(),
            Integer.toString(node.port()),
            Integer.toString(nodes.get(i).busPort()));
      }
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(FORM_SECONDS);
    for (EmbeddedRedis node : nodes) {
      while (!knowsAll(node.address())) {
        if (System.nanoTime() > end) {
          throw new NoRedisException("the cluster did not form: its nodes do not agree", null);
        }
        Thread.sleep(20);
      }
    }
  }

  private boolean knowsAll(RedisAddress node) {
    String info = cluster(node, "INFO");
    return info.contains("cluster_state:ok") && info.contains("cluster_size:" + nodes.size());
  }

  private static String cluster(RedisAddress node, String... arguments) {
    try (Connection connection = new Connection(node.host(), node.port())) {
      connection.sendCommand(Command.CLUSTER, arguments);
      return new String((byte[]) connection.getOne(), StandardCharsets.UTF_8);
    }
  }
}
