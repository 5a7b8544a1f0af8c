package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.OnePolicy;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.redis.launch.RedisCluster;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.util.JedisClusterCRC16;

/** A real cluster of three. The time limit only ends a hang. */
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RedisClusterTest {
  private static RedisCluster cluster;

  @BeforeAll
  static void start() {
    cluster = RedisCluster.start(3);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static RawRedis node(int index) {
    return new RawRedis(cluster.addresses().get(index));
  }

  private static long keys(int node) {
    try (RawRedis redis = node(node)) {
      return redis.number("DBSIZE");
    }
  }

  /** Which node serves a slot, as the nodes themselves see it. */
  private static int owner(int slot) {
    for (int i = 0; i < 3; i++) {
      try (RawRedis redis = node(i)) {
        String self = redis.text("CLUSTER", "MYID");
        boolean owns = redis
            .text("CLUSTER", "NODES")
            .lines()
            .filter(line -> line.startsWith(self))
            .flatMap(line -> List.of(line.split(" ")).stream().skip(8))
            .filter(range -> !range.startsWith("["))
            .map(range -> range.split("-"))
            .anyMatch(range -> Integer.parseInt(range[0]) <= slot
                && slot <= Integer.parseInt(range[range.length - 1]));
        if (owns) {
          return i;
        }
      }
    }
    throw new AssertionError("nobody owns slot " + slot);
  }

  @ParameterizedTest
  @EnumSource
  void keysSpreadOverAllNodesAndEachIsDecidedAsInMemory(Library library) {
    long[] before = IntStream.range(0, 3).mapToLong(RedisClusterTest::keys).toArray();
    ManualTime time = new ManualTime(1_800_000_000_000_000L);
    try (RedisClient client = library.connect(cluster.addresses().get(0))) {
      for (Algorithm algorithm : Algorithm.values()) {
        Policy policy = Policy.of(algorithm.id(), algorithm, Limit.of(5, Duration.ofSeconds(10)))
            .withDeadline(Duration.ofMinutes(1));
        OnePolicy<RateLimiter> memory = OnePolicy.inMemory(policy, time);
        OnePolicy<RedisRateLimiter> redis =
            OnePolicy.onRedis(policy, client, "spread-" + library, time);
        List<Request> requests = IntStream.range(0, 90)
            .mapToObj(i -> redis.request("key" + i % 30, 1))
            .toList();

        assertThat(redis.checkAll(requests)).isEqualTo(memory.checkAll(requests));
        assertThat(requests.stream().map(each -> redis.check(each.key(), 1)))
            .containsExactlyElementsOf(memory.checkAll(requests));
        assertThat(redis.limiter().failures()).isZero();
      }
    }
    for (int i = 0; i < 3; i++) {
      assertThat(keys(i)).as("node %d", i).isGreaterThan(before[i]);
    }
  }

  /** Lettuce by itself refuses calls to a node until one of them has made it connect. */
  @ParameterizedTest
  @EnumSource
  void theFirstCallToEachNodeIsDecidedWhicheverNodeWasNamed(Library library) {
    for (RedisAddress seed : cluster.addresses()) {
      try (RedisClient client = library.connect(seed)) {
        OnePolicy<RedisRateLimiter> redis =
            OnePolicy.onRedis(OnePolicy.PATIENT, client, "first-" + library + seed.port());

        assertThat(IntStream.range(0, 30).mapToObj(i -> redis.check("key" + i, 1)))
            .allMatch(decision -> decision.decidedBy() == null);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theServersAgreeThatAnIdentityIsOneSlot(Library library) {
    try (RedisClient client = library.connect(cluster.addresses().get(0));
        RawRedis redis = node(0)) {
      OnePolicy<RedisRateLimiter> one = OnePolicy.onRedis(OnePolicy.PATIENT, client, "slot");
      OnePolicy<RedisRateLimiter> other = OnePolicy.onRedis(
          Policy.of("q", Algorithm.GCRA, Limit.of(1, Duration.ofSeconds(1))), client, "elsewhere");
      for (String key : List.of("", "alice", "{a}b", "a:b")) {
        long slot = redis.number("CLUSTER", "KEYSLOT", one.redisKey(key));
        assertThat(slot).isEqualTo(JedisClusterCRC16.getSlot(one.redisKey(key)));
        assertThat(redis.number("CLUSTER", "KEYSLOT", other.redisKey(key))).isEqualTo(slot);
      }
    }
  }

  /** ASK while the slot moves, MOVED afterwards; the state moves along, and no decision is lost or charged twice. */
  @ParameterizedTest
  @EnumSource
  void aSlotThatMovesIsFollowed(Library library) {
    try (RedisClient client = library.connect(cluster.addresses().get(0))) {
      OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(OnePolicy.PATIENT, client, "moving");
      // Another slot for each client.
      String identity = "someone-" + library;
      byte[] key = limiter.redisKey(identity);
      int slot = JedisClusterCRC16.getSlot(key);
      int from = owner(slot);
      int to = (from + 1) % 3;
      try (RawRedis source = node(from);
          RawRedis target = node(to)) {
        String targetId = target.text("CLUSTER", "MYID");
        // Other tests' keys lie there, too.
        ((List<?>) source.call("CLUSTER", "GETKEYSINSLOT", slot, 1_000))
            .forEach(other -> source.call("DEL", other));
        assertThat(limiter.check(identity, 1).remaining()).isEqualTo(999);

        target.call("CLUSTER", "SETSLOT", slot, "IMPORTING", source.text("CLUSTER", "MYID"));
        source.call("CLUSTER", "SETSLOT", slot, "MIGRATING", targetId);
        assertThat(limiter.check(identity, 1).remaining()).isEqualTo(998);
        // No node decides on what is here and on what is new, and so to be there.
        List<Request> batch = Stream.concat(Stream.of(identity), othersOf(slot, limiter))
            .map(each -> limiter.request(each, 1))
            .toList();
        assertThat(limiter.checkAll(batch).stream().map(Decision::remaining))
            .containsExactly(997L, 999L, 999L, 999L);
        for (Object each : (List<?>) source.call("CLUSTER", "GETKEYSINSLOT", slot, 1_000)) {
          source.call("MIGRATE", "127.0.0.1", cluster.addresses().get(to).port(), each, 0, 10_000);
        }
        target.call("SCRIPT", "FLUSH");
        // The source asks to ask the target, which does not know the script.
        assertThat(limiter.check(identity, 1).remaining()).isEqualTo(996);
        assertThat(limiter.checkAsync(identity, 1).join().remaining()).isEqualTo(995);

        target.call("CLUSTER", "SETSLOT", slot, "NODE", targetId);
        source.call("CLUSTER", "SETSLOT", slot, "NODE", targetId);
        assertThat(owner(slot)).isEqualTo(to);
        assertThat(limiter.check(identity, 1).remaining()).isEqualTo(994);
        assertThat(limiter.checkAsync(identity, 1).join().remaining()).isEqualTo(993);
        assertThat(limiter.limiter().failures()).isZero();
        assertThat(source.number("DBSIZE") + target.number("DBSIZE")).isPositive();
      }
      // Once moved it is known where it is: the old owner is not asked for ever.
      try (RawRedis source = node(from)) {
        long redirected;
        do {
          source.call("CONFIG", "RESETSTAT");
          assertThat(limiter.check(identity, 1).decidedBy()).isNull();
          redirected = source.calls().getOrDefault("evalsha", 0L)
              + source.rejectedCalls().getOrDefault("evalsha", 0L);
        } while (redirected > 0);
      }
    }
  }

  private static Stream<String> othersOf(int slot, OnePolicy<RedisRateLimiter> limiter) {
    return IntStream.iterate(0, i -> i + 1)
        .mapToObj(i -> "other" + i)
        .filter(each -> JedisClusterCRC16.getSlot(limiter.redisKey(each)) == slot)
        .limit(3);
  }

  /** On a cluster of its own, which it breaks. */
  @ParameterizedTest
  @EnumSource
  void aNodeThatDiesTakesOnlyItsOwnKeysWithIt(Library library) throws Exception {
    try (RedisCluster own = RedisCluster.start(3);
        RedisClient client = library.connect(own.addresses().get(0))) {
      OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(OnePolicy.PATIENT, client, "dying");
      List<Request> requests =
          IntStream.range(0, 60).mapToObj(i -> limiter.request("key" + i, 1)).toList();
      assertThat(limiter.checkAll(requests)).allMatch(Decision::allowed);
      for (RedisAddress node : own.addresses()) {
        try (RawRedis redis = new RawRedis(node)) {
          redis.call("CONFIG", "SET", "cluster-require-full-coverage", "no");
        }
      }
      long process;
      long lost;
      try (RawRedis redis = new RawRedis(own.addresses().get(2))) {
        process = redis.processId();
        lost = redis.number("DBSIZE");
      }

      RawRedis.signal("KILL", process);
      ProcessHandle.of(process).ifPresent(handle -> handle.onExit().join());

      List<Decision> decisions = limiter.checkAll(requests);
      assertThat(decisions)
          .filteredOn(decision -> decision.decidedBy() == FailurePolicy.FAIL_CLOSED)
          .hasSize((int) lost);
      assertThat(decisions)
          .filteredOn(decision -> decision.decidedBy() == null)
          .hasSize(60 - (int) lost)
          .allMatch(decision -> decision.remaining() == 998);
    }
  }

  /** It knows nobody any more, so it cannot tell who has its slots: those who still know each other must be asked. */
  @Test
  void anOwnerThatWasCutOffIsLeftForItsHeir() {
    try (RedisCluster own = RedisCluster.startWithReplicas(3)) {
      for (Library library : Library.values()) {
        int index = library == Library.LETTUCE ? 0 : 1;
        try (RedisClient client = library.connect(own.addresses().get(2));
            RawRedis owner = new RawRedis(own.addresses().get(index));
            RawRedis heir = new RawRedis(own.replicas().get(index))) {
          OnePolicy<RedisRateLimiter> limiter =
              OnePolicy.onRedis(OnePolicy.PATIENT, client, "cut-off");
          String identity = IntStream.iterate(0, i -> i + 1)
              .mapToObj(Integer::toString)
              .filter(key -> JedisClusterCRC16.getSlot(limiter.redisKey(key)) / 5_461 == index)
              .findFirst()
              .orElseThrow();
          assertThat(limiter.check(identity, 1).allowed()).isTrue();

          String self = owner.text("CLUSTER", "MYID");
          owner
              .text("CLUSTER", "NODES")
              .lines()
              .map(line -> line.substring(0, line.indexOf(' ')))
              .filter(node -> !node.equals(self))
              .forEach(node -> owner.call("CLUSTER", "FORGET", node));
          heir.call("CLUSTER", "FAILOVER", "TAKEOVER");

          boolean refused = false;
          Decision decision = limiter.check(identity, 1);
          while (!refused || decision.decidedBy() != null) {
            refused |= decision.decidedBy() != null;
            decision = limiter.check(identity, 1);
          }
          assertThat(decision.allowed()).isTrue();
        }
      }
    }
  }
}
