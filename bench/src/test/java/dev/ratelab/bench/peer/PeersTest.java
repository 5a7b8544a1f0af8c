package dev.ratelab.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;

class PeersTest {
  private static final int PERMITS = 5;

  // So long that nothing comes back while a slow machine asks.
  private static final Limit LIMIT = Limit.of(PERMITS, Duration.ofHours(1));

  @AutoClose
  private static final RunningRedis REDIS = RunningRedis.open("embedded");

  private final String namespace = "ratelab-test-" + UUID.randomUUID();

  static List<Peer> peers() {
    return Peers.all();
  }

  static List<Peer> redisPeers() {
    return Peers.all().stream().filter(peer -> peer.backend().equals("redis")).toList();
  }

  @ParameterizedTest
  @MethodSource("peers")
  void itAdmitsItsBurstAndDeniesWhatIsOverForEachKeyApart(Peer peer) {
    try (PeerLimiter limiter = open(peer)) {
      assertThat(ask(limiter, "alice", PERMITS + 2)).isEqualTo(burstOnly(peer, PERMITS + 2));
      assertThat(ask(limiter, "bob", 1)).containsExactly(true);
    }
  }

  @ParameterizedTest
  @MethodSource("peers")
  void itDecidesTheSameWhenAskedWithoutWaiting(Peer peer) {
    try (PeerLimiter limiter = open(peer)) {
      List<Boolean> decisions = new ArrayList<>();
      for (int i = 0; i < PERMITS + 2; i++) {
        decisions.add(limiter.tryAcquireAsync("alice").toCompletableFuture().join());
      }
      assertThat(decisions).isEqualTo(burstOnly(peer, PERMITS + 2));
    }
  }

  @ParameterizedTest
  @MethodSource("redisPeers")
  void twoClientsOfOneRedisShareTheLimit(Peer peer) {
    try (PeerLimiter one = open(peer);
        PeerLimiter other = open(peer)) {
      List<Boolean> decisions = new ArrayList<>();
      for (int i = 0; i < PERMITS + 3; i++) {
        decisions.add((i % 2 == 0 ? one : other).tryAcquire("alice"));
      }
      assertThat(decisions).isEqualTo(burstOnly(peer, PERMITS + 3));
    }
  }

  @ParameterizedTest
  @MethodSource("redisPeers")
  void itFailsWhenRedisDoesNotDecide(Peer peer) {
    try (RunningRedis broken = RunningRedis.open("embedded");
        PeerLimiter limiter =
            peer.opening().apply(setting(broken.address().toString(), Duration.ofSeconds(5)))) {
      assertThat(limiter.tryAcquire("alice")).isTrue();
      try (Jedis jedis = new Jedis(broken.address().host(), broken.address().port())) {
        // No script may run from here on, nor any reading of a string.
        jedis.aclSetUser("default", "-eval", "-evalsha", "-get");
      }
      assertThatThrownBy(() -> limiter.tryAcquire("alice")).isInstanceOf(RuntimeException.class);
      assertThatThrownBy(
              () -> limiter.tryAcquireAsync("alice").toCompletableFuture().join())
          .isInstanceOf(RuntimeException.class);
    }
  }

  private PeerLimiter open(Peer peer) {
    return peer.opening().apply(setting(REDIS.address().toString(), Duration.ofSeconds(30)));
  }

  private Peer.Setting setting(String url, Duration deadline) {
    return new Peer.Setting(LIMIT, url, namespace, deadline);
  }

  private static List<Boolean> ask(PeerLimiter limiter, String key, int times) {
    List<Boolean> decisions = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      decisions.add(limiter.tryAcquire(key));
    }
    return decisions;
  }

  private static List<Boolean> burstOnly(Peer peer, int asked) {
    // Guava starts with an empty bucket and lends one; smooth knows no burst.
    boolean one = List.of("guava", "failsafe-smooth").contains(peer.name());
    List<Boolean> decisions = new ArrayList<>();
    for (int i = 0; i < asked; i++) {
      decisions.add(i < (one ? 1 : PERMITS));
    }
    return decisions;
  }
}
