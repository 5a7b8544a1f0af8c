package dev.ratelab.verification.outage;

import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisRateLimiter;
import dev.ratelab.limiter.redis.launch.RedisCluster;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * The ways in which a Redis breaks, each as a script that breaks one of our own under scene.load. Why each bound is what it is, is told
 * in {@code docs/faults.md}.
 */
public enum Outage {
  /** The process is gone, and another takes its port, empty. */
  KILLED("kill -9, restarted empty", "N once more per key", onServer(scene -> {
    scene.server.kill();
    scene.load.awaitUndecided(Outage.FEW);
    scene.loseAll();
    scene.server.startAgain();
    return true;
  })),

  /** The process does not run for longer than the deadline, then goes on, and finds all that was sent meanwhile. */
  STOPPED("SIGSTOP for longer than the deadline", "0", onServer(scene -> {
    long process = scene.admin().info("process_id");
    Admin.signal("STOP", process);
    try {
      scene.load.awaitUndecided(Outage.FEW);
    } finally {
      Admin.signal("CONT", process);
    }
    return false;
  })),

  /** The server forgets its scripts again and again. */
  SCRIPTS_FLUSHED("SCRIPT FLUSH, 40 times under load", "0", onServer(scene -> {
    for (int i = 0; i < 40; i++) {
      scene.admin().call("SCRIPT", "FLUSH");
      scene.load.awaitCalls(10);
    }
    return false;
  })),

  /** The server is full and refuses what would take more memory. */
  FULL("maxmemory reached, noeviction", "0", onServer(scene -> {
    scene.admin().set("maxmemory-policy", "noeviction");
    scene.admin().set("maxmemory", scene.admin().info("used_memory"));
    scene.load.awaitUndecided(Outage.FEW);
    scene.admin().set("maxmemory", 0);
    return false;
  })),

  /** The server is full and drops the states of others. */
  EVICTING(
      "maxmemory reached, allkeys-lru",
      "N once more per key and eviction of it",
      onServer(scene -> {
        Map<String, byte[]> names = redisKeys(scene.trial, scene.limiter);
        Evictions evictions = Evictions.of(scene.admin());
        try (evictions) {
          scene.admin().set("maxmemory-policy", "allkeys-lru");
          scene.admin().set("maxmemory", scene.admin().info("used_memory"));
          Admin.await(
              "the eviction of a hot key",
              () -> names.values().stream().anyMatch(name -> evictions.of(name) > 0));
          scene.load.awaitCalls(Outage.MANY);
          scene.admin().set("maxmemory", 0);
        }
        names.forEach((key, name) -> scene.losses.put(key, evictions.of(name)));
        return true;
      })),

  /** Connections are reset when half of a reply has come. */
  CUT("connection reset in mid-reply", "0", behindProxy((proxy, load) -> {
    proxy.resetInMidReply(20);
    Admin.await("the connections' resets", () -> proxy.cuts() >= Outage.FEW);
  })),

  /** The peer of every connection is silent, and no connection ends. */
  HALF_OPEN(
      "half-open connections: the peer vanished without FIN", "0", behindProxy((proxy, load) -> {
        for (int i = 0; i < 3; i++) {
          proxy.vanish();
          load.awaitUndecided(1);
          proxy.resetVanished();
          load.awaitDecided(Outage.FEW);
        }
      })),

  /** The peer of every connection is silent for ever, while its kernel acknowledges and new connections work. */
  SILENT(
      "silent connections: the peer hangs, its kernel acknowledges",
      "0",
      behindProxy((proxy, load) -> {
        for (int i = 0; i < 3; i++) {
          proxy.vanish();
          load.awaitUndecided(1);
          load.awaitDecided(Outage.FEW);
        }
      })),

  /** As {@link #SILENT}, on the connections to one node of a cluster. */
  SILENT_NODE("silent connections to one node of a cluster", "0", Outage::inClusterBehindProxies),

  /** The roles change while nothing is written, and the name leads new connections to the new primary; old ones stay. */
  SWITCHED("planned failover under one name", "0", (outage, trial) -> {
    try (Server heir = Server.start()) {
      return behindProxy((proxy, load) -> {
            RedisAddress old = proxy.server();
            Admin primary = new Admin(old);
            heir.admin().call("REPLICAOF", old.host(), old.port());
            Admin.await("the replica's state", () -> primary.call("INFO").contains("state=online"));
            proxy.lead(heir.address());
            primary.call("FAILOVER");
            Admin.await("the failover", () -> primary.call("INFO").contains("role:slave"));
            load.await(Call::admitted, Outage.FEW);
          })
          .rehearse(outage, trial);
    }
  }),

  /** Replies take half of the deadline, and some of them several deadlines. */
  SLOW(
      "200 ms latency, 5 % stalls of 1.5 s",
      "0", behindProxy((proxy, load) -> {
        proxy.slowDown(200, 0.05, 1_500, Outage.SEED);
        load.awaitUndecided(Outage.FEW / 3);
        load.awaitDecided(Outage.FEW);
      })),

  /** A primary dies when its replica has missed all that was written, and the replica takes over. */
  FAILED_OVER(
      "failover that loses the last writes",
      "N once more per key of that shard, else 0",
      Outage::failedOver),

  /** Slots move to other primaries while calls go on, each with its keys, a few at a time. */
  RESHARDED("slots of a cluster moved, live", "0", inCluster((cluster, keys, load) -> {
    Resharding resharding = Resharding.of(cluster);
    for (int slot : keys.stream().map(JedisClusterCRC16::getSlot).distinct().toList()) {
      resharding.moveToNext(slot, () -> load.awaitCalls(10));
    }
  })),

  /** Each primary in turn gives its slots to its replica, which first gets all that was written. */
  HANDED_OVER("CLUSTER FAILOVER of each primary", "0", inCluster((cluster, keys, load) -> {
    for (RedisAddress replica : cluster.replicas()) {
      takeOver(new Admin(replica));
      load.awaitCalls(Outage.MANY / 3);
    }
  })),

  /** The server's clock is set back by an hour. */
  CLOCK_BACK(
      "server's clock set back by 1 h", "0", onServer(SteppedClock::new, Outage::ahead, scene -> {
        SteppedClock.set(scene.admin(), 0);
        scene.load.awaitDecided(Outage.MANY);
        // What was written by the later clock is read by it as well.
        ahead(scene.admin());
        return false;
      }));

  /** What has to be seen before a script goes on: more than one wait of each thread. */
  private static final int FEW = 24;

  /** So many answers that each hot key has had many more calls than its limit. */
  private static final int MANY = 600;

  private static final List<String> HOT =
      IntStream.range(0, 12).mapToObj(i -> "hot-" + i).toList();
  private static final long SEED = 20_260_101;
  private static final long HOUR_MICROS = TimeUnit.HOURS.toMicros(1);
  private static final int SLOTS = 1 << 14;

  /** Redis gives a failover up after 5 s, which a busy machine may pass. */
  private static final long GIVEN_UP_NANOS = TimeUnit.SECONDS.toNanos(6);

  private final String title;
  private final String bound;

  @SuppressWarnings("ImmutableEnumChecker") // a lambda without state
  private final Rehearsal rehearsal;

  Outage(String title, String bound, Rehearsal rehearsal) {
    this.title = title;
    this.bound = bound;
    this.rehearsal = rehearsal;
  }

  public String title() {
    return title;
  }

  public String bound() {
    return bound;
  }

  /** Breaks a server of our own under load and counts. Throws if a caller got no answer, or an exception for one. */
  public Outcome rehearse(OutageTrial trial) throws IOException, InterruptedException {
    return rehearsal.rehearse(this, trial);
  }

  private interface Rehearsal {
    Outcome rehearse(Outage outage, OutageTrial trial) throws IOException, InterruptedException;
  }

  /** What is done to a server under load; says whether states may be lost by it, and notes which hot ones were. */
  private interface Script {
    boolean play(Scene scene) throws IOException, InterruptedException;
  }

  private record Scene(
      Server server,
      Load load,
      OutageTrial trial,
      RedisRateLimiter limiter,
      Map<String, Long> losses) {
    Admin admin() {
      return server.admin();
    }

    void loseAll() {
      HOT.forEach(key -> losses.put(key, 1L));
    }
  }

  private interface NetworkScript {
    void play(FaultProxy proxy, Load load) throws InterruptedException;
  }

  private interface ClusterScript {
    void play(RedisCluster cluster, Collection<byte[]> hotKeys, Load load)
        throws InterruptedException;
  }

  private interface LoadScript {
    boolean play(RedisRateLimiter limiter, Load load) throws IOException, InterruptedException;
  }

  private static Rehearsal onServer(Script script) {
    return onServer(UnaryOperator.identity(), server -> {}, script);
  }

  private static Rehearsal onServer(
      UnaryOperator<RedisClient> wrapped, Consumer<Admin> before, Script script) {
    return (outage, trial) -> {
      Map<String, Long> losses = new HashMap<>();
      try (Server server = Server.start()) {
        before.accept(server.admin());
        return outage.underLoad(trial, wrapped, server.address(), losses, (limiter, load) -> {
          boolean forgets = script.play(new Scene(server, load, trial, limiter, losses));
          load.awaitDecided(MANY);
          return forgets;
        });
      }
    };
  }

  private static Rehearsal behindProxy(NetworkScript script) {
    return (outage, trial) -> {
      try (Server server = Server.start();
          FaultProxy proxy = FaultProxy.before(server.address())) {
        return outage.underLoad(trial, proxy.address(), Map.of(), (limiter, load) -> {
          script.play(proxy, load);
          proxy.heal();
          load.awaitDecided(MANY);
          return false;
        });
      }
    };
  }

  /** On a cluster that loses nothing. */
  private static Rehearsal inCluster(ClusterScript script) {
    return (outage, trial) -> {
      try (RedisCluster cluster = RedisCluster.startWithReplicas(3)) {
        return outage.underLoad(trial, cluster.addresses().get(1), Map.of(), (limiter, load) -> {
          script.play(cluster, redisKeys(trial, limiter).values(), load);
          load.awaitDecided(MANY);
          return false;
        });
      }
    };
  }

  private Outcome underLoad(
      OutageTrial trial, RedisAddress address, Map<String, Long> losses, LoadScript script)
      throws IOException, InterruptedException {
    return underLoad(trial, UnaryOperator.identity(), address, losses, script);
  }

  private Outcome underLoad(
      OutageTrial trial,
      UnaryOperator<RedisClient> wrapped,
      RedisAddress address,
      Map<String, Long> losses,
      LoadScript script)
      throws IOException, InterruptedException {
    List<Call> calls;
    String name;
    boolean forgets;
    try (RedisClient client = wrapped.apply(trial.client(address))) {
      name = client.name();
      RedisRateLimiter limiter = trial.limiter(client);
      Load load = Load.start(trial, trial.asked(limiter), HOT);
      try (load) {
        load.awaitCalls(MANY);
        forgets = script.play(limiter, load);
      }
      calls = load.calls();
    }
    try (RedisClient reader = wrapped.apply(LettuceClient.connect(address))) {
      return Outcome.of(this, trial, name, calls, losses, forgets, reader);
    }
  }

  private Outcome failedOver(OutageTrial trial) throws IOException, InterruptedException {
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
      return underLoad(trial, cluster.addresses().get(1), losses, (limiter, load) -> {
        redisKeys(trial, limiter).forEach((key, name) -> {
          if (inFirstShard(name)) {
            losses.put(key, 1L);
          }
        });
        primaries.get(0).kill();
        load.awaitUndecided(FEW);
        String id = heir.call("CLUSTER", "MYID");
        for (Admin node : concat(primaries.subList(1, 3), replicas)) {
          Admin.await("the replica's election", () -> isPrimary(node, id));
        }
        load.await(call -> call.decided() && losses.containsKey(call.key()), MANY / 2);
        return true;
      });
    }
  }

  private Outcome inClusterBehindProxies(OutageTrial trial)
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
      return underLoad(trial, second.address(), Map.of(), (limiter, load) -> {
        silent.vanish();
        load.awaitUndecided(1);
        load.await(
            call -> call.decided() && inFirstShard(trial.redisKey(limiter, call.key())), FEW);
        load.awaitDecided(MANY);
        return false;
      });
    }
  }

  private static void ahead(Admin server) {
    SteppedClock.set(server, HOUR_MICROS);
  }

  private static boolean inFirstShard(byte[] key) {
    return JedisClusterCRC16.getSlot(key) < SLOTS / 3;
  }

  /** Its login is refused from now on, so it follows no more, and everything written is missed. */
  private static void cutOff(Admin replica) throws InterruptedException {
    replica.set("masterauth", "refused");
    replica.call("CLIENT", "KILL", "TYPE", "master");
    Admin.await(
        "the replica's isolation",
        () -> replica.call("INFO", "replication").contains("master_link_status:down"));
  }

  private static void takeOver(Admin heir) throws InterruptedException {
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

  private static boolean isPrimary(Admin teller, String id) {
    return teller
        .call("CLUSTER", "NODES")
        .lines()
        .anyMatch(line -> line.startsWith(id) && line.contains("master") && line.contains("-"));
  }

  /** The names in Redis of the hot keys. */
  private static Map<String, byte[]> redisKeys(OutageTrial trial, RedisRateLimiter limiter) {
    return HOT.stream().collect(Collectors.toMap(key -> key, key -> trial.redisKey(limiter, key)));
  }

  private static List<Admin> concat(List<Admin> some, List<Admin> others) {
    return Stream.of(some, others).flatMap(List::stream).toList();
  }
}
