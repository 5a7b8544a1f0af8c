package dev.ratelab.bench.rediscost;

import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.launch.RedisCluster;
import java.util.List;
import java.util.stream.Stream;

/** A cluster of ours, a client of it, and connections for reading its counters. */
record OwnCluster(Size size, RedisCluster cluster, RedisClient client, Servers servers)
    implements AutoCloseable {
  /**
   * How large one is.
   *
   * @param replicas whether each primary has one
   */
  record Size(int primaries, boolean replicas) {
    String id() {
      return "%s-primaries%s".formatted(primaries, replicas ? "-with-replicas" : "");
    }
  }

  static OwnCluster start(Size size) {
    RedisCluster cluster = size.replicas
        ? RedisCluster.startWithReplicas(size.primaries)
        : RedisCluster.start(size.primaries);
    try {
      List<RedisAddress> nodes = Stream.of(cluster.addresses(), cluster.replicas())
          .flatMap(List::stream)
          .toList();
      return new OwnCluster(size, cluster, LettuceClient.connect(nodes.get(0)), new Servers(nodes));
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  @Override
  public void close() {
    servers.close();
    client.close();
    cluster.close();
  }
}
