package dev.ratelab.verification.outage;

import dev.ratelab.limiter.redis.launch.RedisCluster;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import redis.clients.jedis.util.JedisClusterCRC16;

/** Rehearsals on a cluster of our own. */
final class ClusterRehearsals {
  private static final int SLOTS = 1 << 14;

  /** Redis gives a failover up after 5 s, which a busy machine may pass. */
  private static final long GIVEN_UP_NANOS = TimeUnit.SECONDS.toNanos(6);

  private ClusterRehearsals() {}

  interface ClusterScript {
    void play(RedisCluster cluster, Collection<byte[]> hotKeys, Load load)
        throws InterruptedException;
  }

  /** On a cluster that loses nothing. */
  static Rehearsal inCluster(ClusterScript script) {
    return (outage, trial) -> {
      try (RedisCluster cluster = RedisCluster.startWithReplicas(3)) {
        return Rehearsal.underLoad(
            outage, trial, cluster.addresses().get(1), Map.of(), (limiter, load) -> {
              script.play(cluster, Rehearsal.redisKeys(trial, limiter).values(), load);
              load.awaitDecided(Rehearsal.MANY);
              return false;
            });
      }
    };
  }

  /** A primary dies when its replica has missed all that was written. */
  static Outcome failedOver(Outage outage, OutageTrial trial)
      throws IOException, InterruptedException {
    try (RedisCluster cluster = RedisCluster.startWithReplicas(3)) {
      List<Admin> primaries = cluster.addresses().stream().map(Admin::new).toList();
      List<Admin> replicas = cluster.replicas().stream().map(Admin::new).toList();
      Admin heir = replicas.get(0);
      for (Admin node : concat(primaries, replicas)) {
        node.set("cluster-node-timeout", 3_000);
        node.set("cluster-require-full-coverage", "no");
      }
      // A busy machine may miss other primaries' answers too.
      replicas.subList(1, 3).forEach(node -> node.set("cluster-replica-no-failover", "yes"));
      heir.set("cluster-replica-validity-factor", 0);
      cutOff(heir);
      Map<String, Long> losses = new HashMap<>();
      return Rehearsal.underLoad(
          outage, trial, cluster.addresses().get(1), losses, (limiter, load) -> {
            Rehearsal.redisKeys(trial, limiter).forEach((key, name) -> {
              if (inFirstShard(name)) {
                losses.put(key, 1L);
              }
            });
            primaries.get(0).kill();
            load.awaitUndecided(Rehearsal.FEW);
            String id = heir.call("CLUSTER", "MYID");
            for (Admin node : concat(primaries.subList(1, 3), replicas)) {
              Admin.await("the replica's election", () -> isPrimary(node, id));
            }
            load.await(
                call -> call.decided() && losses.containsKey(call.key()), Rehearsal.MANY / 2);
            return true;
          });
    }
  }

  /** One node falls silent to the connections that there are. */
  static Outcome silentNode(Outage outage, OutageTrial trial)
      throws IOException, InterruptedException {
    try (RedisCluster cluster = RedisCluster.start(3);
        FaultProxy silent = FaultProxy.before(cluster.addresses().get(0));
        FaultProxy second = FaultProxy.before(cluster.addresses().get(1));
        FaultProxy third = FaultProxy.before(cluster.addresses().get(2))) {
      List<FaultProxy> proxies = List.of(silent, second, third);
      for (FaultProxy proxy : proxies) {
        new Admin(proxy.server()).set("cluster-announce-port", proxy.address().port());
      }
      for (FaultProxy each : proxies) {
        Admin.await("the nodes' ports", () -> {
          String nodes = new Admin(each.server()).call("CLUSTER", "NODES");
          return proxies.stream()
              .allMatch(it -> nodes.contains(":" + it.address().port() + "@"));
        });
      }
      return Rehearsal.underLoad(outage, trial, second.address(), Map.of(), (limiter, load) -> {
        silent.vanish();
        load.awaitUndecided(1);
        load.await(
            call -> call.decided() && inFirstShard(trial.redisKey(limiter, call.key())),
            Rehearsal.FEW);
        load.awaitDecided(Rehearsal.MANY);
        return false;
      });
    }
  }

  static void takeOver(Admin heir) throws InterruptedException {
    AtomicLong asked = new AtomicLong(System.nanoTime() - GIVEN_UP_NANOS);
    Admin.await("the replica's turn", () -> {
      if (heir.call("INFO", "replication").contains("role:master")) {
        return true;
      }
      if (System.nanoTime() - asked.get() >= GIVEN_UP_NANOS) {
        heir.call("CLUSTER", "FAILOVER");
        asked.set(System.nanoTime());
      }
      return false;
    });
  }

  /** Its login is refused from now on, so it follows no more, and everything written is missed. */
  private static void cutOff(Admin replica) throws InterruptedException {
    replica.set("masterauth", "refused");
    replica.call("CLIENT", "KILL", "TYPE", "master");
    Admin.await(
        "the replica's isolation",
        () -> replica.call("INFO", "replication").contains("master_link_status:down"));
  }

  private static boolean isPrimary(Admin teller, String id) {
    return teller
        .call("CLUSTER", "NODES")
        .lines()
        .anyMatch(line -> line.startsWith(id) && line.contains("master") && line.contains("-"));
  }

  private static boolean inFirstShard(byte[] key) {
    return JedisClusterCRC16.getSlot(key) < SLOTS / 3;
  }

  private static List<Admin> concat(List<Admin> some, List<Admin> others) {
    return Stream.of(some, others).flatMap(List::stream).toList();
  }
}
