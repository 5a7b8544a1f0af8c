package dev.ratelab.verification.outage;

import dev.ratelab.limiter.redis.RedisAddress;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * The ways in which a Redis breaks, each as a script that breaks one of our own under load. What each bound is, and why, is told
 * in {@code docs/faults.md}.
 */
public enum Outage {
  /** The process is gone, and another takes its port, empty. */
  KILLED("kill -9, restarted empty", Rehearsal.onServer(scene -> {
    scene.server().kill();
    scene.load().awaitUndecided(Rehearsal.FEW);
    scene.loseAll();
    scene.server().startAgain();
    return true;
  })),

  /** The process does not run for longer than the deadline, then goes on, and finds all that was sent meanwhile. */
  STOPPED("SIGSTOP for longer than the deadline", Rehearsal.onServer(scene -> {
    long process = scene.admin().info("process_id");
    Admin.signal("STOP", process);
    try {
      scene.load().awaitUndecided(Rehearsal.FEW);
    } finally {
      Admin.signal("CONT", process);
    }
    return false;
  })),

  /** The server forgets its scripts again and again. */
  SCRIPTS_FLUSHED("SCRIPT FLUSH, 40 times under load", Rehearsal.onServer(scene -> {
    for (int i = 0; i < 40; i++) {
      scene.admin().call("SCRIPT", "FLUSH");
      scene.load().awaitCalls(10);
    }
    return false;
  })),

  /** The server is full and refuses what would take more memory. */
  FULL("maxmemory reached, noeviction", Rehearsal.onServer(scene -> {
    scene.admin().set("maxmemory-policy", "noeviction");
    scene.admin().set("maxmemory", scene.admin().info("used_memory"));
    scene.load().awaitUndecided(Rehearsal.FEW);
    scene.admin().set("maxmemory", 0);
    return false;
  })),

  /** The server is full and drops the states of others. */
  EVICTING("maxmemory reached, allkeys-lru", Rehearsal.onServer(scene -> {
    Map<String, byte[]> names = Rehearsal.redisKeys(scene.trial(), scene.limiter());
    Evictions evictions = Evictions.of(scene.admin());
    try (evictions) {
      scene.admin().set("maxmemory-policy", "allkeys-lru");
      scene.admin().set("maxmemory", scene.admin().info("used_memory"));
      Admin.await(
          "the eviction of a hot key",
          () -> names.values().stream().anyMatch(name -> evictions.of(name) > 0));
      scene.load().awaitCalls(Rehearsal.MANY);
      scene.admin().set("maxmemory", 0);
    }
    names.forEach((key, name) -> scene.losses().put(key, evictions.of(name)));
    return true;
  })),

  /** Connections are reset when half of a reply has come. */
  CUT("connection reset in mid-reply", Rehearsal.behindProxy((proxy, load) -> {
    proxy.resetInMidReply(20);
    Admin.await("the connections' resets", () -> proxy.cuts() >= Rehearsal.FEW);
  })),

  /** The peer of every connection is silent, and no connection ends. */
  HALF_OPEN(
      "half-open connections: the peer vanished without FIN",
      Rehearsal.behindProxy((proxy, load) -> {
        for (int i = 0; i < 3; i++) {
          proxy.vanish();
          load.awaitUndecided(1);
          proxy.resetVanished();
          load.awaitDecided(Rehearsal.FEW);
        }
      })),

  /** The peer of every connection is silent for ever, while its kernel acknowledges and new connections work. */
  SILENT(
      "silent connections: the peer hangs, its kernel acknowledges",
      Rehearsal.behindProxy((proxy, load) -> {
        for (int i = 0; i < 3; i++) {
          proxy.vanish();
          load.awaitUndecided(1);
          load.awaitDecided(Rehearsal.FEW);
        }
      })),

  /** As {@link #SILENT}, on the connections to one node of a cluster. */
  SILENT_NODE("silent connections to one node of a cluster", ClusterRehearsals::silentNode),

  /** The roles change while nothing is written, and the name leads new connections to the new primary; old ones stay. */
  SWITCHED("planned failover under one name", (outage, trial) -> {
    try (Server heir = Server.start()) {
      return Rehearsal.behindProxy((proxy, load) -> {
            RedisAddress old = proxy.server();
            Admin primary = new Admin(old);
            heir.admin().call("REPLICAOF", old.host(), old.port());
            Admin.await("the replica's state", () -> primary.call("INFO").contains("state=online"));
            proxy.lead(heir.address());
            primary.call("FAILOVER");
            Admin.await("the failover", () -> primary.call("INFO").contains("role:slave"));
            load.await(Call::admitted, Rehearsal.FEW);
          })
          .rehearse(outage, trial);
    }
  }),

  /** Replies take half of the deadline, and some of them several deadlines. */
  SLOW(
      "200 ms latency, 5 % stalls of 1.5 s",
      Rehearsal.behindProxy((proxy, load) -> {
        proxy.slowDown(200, 0.05, 1_500, 20_260_101);
        load.awaitUndecided(Rehearsal.FEW / 3);
        load.awaitDecided(Rehearsal.FEW);
      })),

  /** A primary dies when its replica has missed all that was written, and the replica takes over. */
  FAILED_OVER("failover that loses the last writes", ClusterRehearsals::failedOver),

  /** Slots move to other primaries while calls go on, each with its keys, a few at a time. */
  RESHARDED("slots of a cluster moved, live", ClusterRehearsals.inCluster((cluster, keys, load) -> {
    Resharding resharding = Resharding.of(cluster);
    for (int slot : keys.stream().map(JedisClusterCRC16::getSlot).distinct().toList()) {
      resharding.moveToNext(slot, () -> load.awaitCalls(10));
    }
  })),

  /** Each primary in turn gives its slots to its replica, which first gets all that was written. */
  HANDED_OVER(
      "CLUSTER FAILOVER of each primary", ClusterRehearsals.inCluster((cluster, keys, load) -> {
        for (RedisAddress replica : cluster.replicas()) {
          ClusterRehearsals.takeOver(new Admin(replica));
          load.awaitCalls(Rehearsal.MANY / 3);
        }
      })),

  /** The server's clock is set back by an hour. */
  CLOCK_BACK(
      "server's clock set back by 1 h",
      Rehearsal.onServer(SteppedClock::new, Outage::ahead, scene -> {
        SteppedClock.set(scene.admin(), 0);
        scene.load().awaitDecided(Rehearsal.MANY);
        // What was written by the later clock is read by it as well.
        ahead(scene.admin());
        return false;
      }));

  private final String title;

  @SuppressWarnings("ImmutableEnumChecker") // a lambda without state
  private final Rehearsal rehearsal;

  Outage(String title, Rehearsal rehearsal) {
    this.title = title;
    this.rehearsal = rehearsal;
  }

  public String title() {
    return title;
  }

  /** Breaks a server of our own under load and counts. Throws if a caller got no answer, or an exception for one. */
  public Outcome rehearse(OutageTrial trial) throws IOException, InterruptedException {
    return rehearsal.rehearse(this, trial);
  }

  private static void ahead(Admin server) {
    SteppedClock.set(server, TimeUnit.HOURS.toMicros(1));
  }
}
