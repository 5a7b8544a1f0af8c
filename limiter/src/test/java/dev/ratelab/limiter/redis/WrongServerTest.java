package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.OnePolicy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A name behind which another server answers by now: old connections still lead to the one that says it is the wrong one. The
 * time limit only ends a hang.
 */
@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WrongServerTest {
  /** What a server says, and whether it was known as a cluster's. */
  private static Stream<Arguments> eachRefusalOnEachClient() {
    Stream<Arguments> alone = Stream.of(
            "READONLY You can't write against a read only replica. script: 1, on @user_script:1.",
            "ERR Error running script (call to f_1): @user_script:1: -READONLY You can't write.",
            "LOADING Redis is loading the dataset in memory",
            "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
            "NOREPLICAS Not enough good replicas to write.",
            "CLUSTERDOWN The cluster is down",
            "MOVED 1 127.0.0.1:PORT",
            "REDIRECT 127.0.0.1:PORT",
            "ERR unknown command 'EVALSHA', with args beginning with: '1' '1'")
        .map(reply -> Arguments.of(reply, false));
    Stream<Arguments> inCluster = Stream.of(
            "LOADING Redis is loading the dataset in memory",
            "CLUSTERDOWN Hash slot not served",
            "MOVED 1 127.0.0.1:PORT")
        .map(reply -> Arguments.of(reply, true));
    return Stream.concat(alone, inCluster)
        .flatMap(each -> Stream.of(Library.values())
            .map(library -> Arguments.of(each.get()[0], each.get()[1], library)));
  }

  @ParameterizedTest
  @MethodSource("eachRefusalOnEachClient")
  void itsConnectionsAreLeftForNewOnes(String refusal, boolean cluster, Library library)
      throws Exception {
    Set<Socket> wrong = ConcurrentHashMap.newKeySet();
    AtomicBoolean switched = new AtomicBoolean();
    FakeRedis.Answer answer = (command, connection) -> {
      if (!switched.get()) {
        wrong.add(connection);
      }
      String error = "-" + refusal.replace("PORT", "" + connection.getLocalPort()) + "\r\n";
      FakeRedis.write(connection, wrong.contains(connection) ? error : FakeRedis.ADMITTED);
    };
    try (FakeRedis fake = new FakeRedis("127.0.0.1", answer);
        RedisClient client = connect(library, fake, cluster)) {
      OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(OnePolicy.PATIENT, client, "wrong");
      assertThat(limiter.check("before", 1).decidedBy()).isNotNull();

      switched.set(true);
      for (int i = 0; limiter.check("blocking" + i, 1).decidedBy() != null; i++) {
        Thread.onSpinWait();
      }

      wrong.addAll(fake.connections());
      for (int i = 0; limiter.checkAsync("async" + i, 1).join().decidedBy() != null; i++) {
        Thread.onSpinWait();
      }
      if (!(cluster && refusal.startsWith("MOVED"))) {
        assertThat(fake.scriptCalls().stream().map(call -> call.get(3)))
            .as("no call is sent twice")
            .doesNotHaveDuplicates();
      }
    }
  }

  private static RedisClient connect(Library library, FakeRedis fake, boolean cluster) {
    if (cluster) {
      fake.formCluster();
    }
    return library.connect(fake.address());
  }

  /** It may not know the script either, and is asked with the text. */
  @ParameterizedTest
  @EnumSource
  void itIsLeftWhenItRefusesTheText(Library library) throws Exception {
    Set<Socket> wrong = ConcurrentHashMap.newKeySet();
    FakeRedis.Answer answer = (command, connection) -> FakeRedis.write(
        connection,
        !wrong.contains(connection)
            ? FakeRedis.ADMITTED
            : command.get(0).equals("EVAL") ? "-READONLY A replica.\r\n" : "-NOSCRIPT No.\r\n");
    try (FakeRedis fake = new FakeRedis("127.0.0.1", answer);
        RedisClient client = library.connect(fake.address())) {
      OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(OnePolicy.PATIENT, client, "wrong");
      assertThat(limiter.check("before", 1).decidedBy()).isNull();

      wrong.addAll(fake.connections());
      while (limiter.check("after", 1).decidedBy() != null) {
        Thread.onSpinWait();
      }
    }
  }

  /** Its resting connections are closed, and it is not asked for the slots again. */
  @Test
  void aNodeThatItsClusterNamesNoMoreIsForgotten() throws Exception {
    try (FakeRedis stays = FakeRedis.replying("-CLUSTERDOWN The cluster is down\r\n");
        FakeRedis leaves = FakeRedis.replying(FakeRedis.ADMITTED)) {
      stays.formCluster(leaves);
      leaves.formCluster(stays);
      try (RedisClient client = JedisClient.connect(stays.address())) {
        OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(OnePolicy.PATIENT, client, "wrong");
        assertThat(limiter.check("a", 1).decidedBy()).isNull();

        stays.formCluster(stays);
        leaves.answer(FakeRedis.reply(
            "-MOVED 1 127.0.0.1:%s\r\n".formatted(stays.address().port())));
        while (!leaves.connections().stream().allMatch(Socket::isClosed)) {
          assertThat(limiter.check("a", 1).decidedBy()).isNotNull();
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "fd00::5, fd00:0:0:0:0:0:0:5, true",
    "::ffff:10.0.0.5, 10.0.0.5, true",
    "10.0.0.5, 10.0.0.5, true",
    "10.0.0.5, 10.0.0.50, false",
    "node-5, 10.0.0.5, false",
  })
  void aClustersNodeIsKnownByItsAddress(String announced, String connected, boolean same) {
    assertThat(LettuceClient.isOf(announced, new InetSocketAddress(connected, 6379)))
        .isEqualTo(same);
  }

  @Test
  void aClustersNodeIsKnownByItsName() throws Exception {
    InetAddress address = InetAddress.getByAddress("node-5", new byte[] {10, 0, 0, 5});

    assertThat(LettuceClient.isOf("node-5", new InetSocketAddress(address, 6379)))
        .isTrue();
  }

  /** While no other answers, a server is not connected to for each call anew. */
  @ParameterizedTest
  @EnumSource
  void oneThatStaysWrongIsNotFloodedWithConnections(Library library) throws Exception {
    long start = System.nanoTime();
    try (FakeRedis fake = FakeRedis.replying("-LOADING Redis is loading the dataset\r\n");
        RedisClient client = library.connect(fake.address())) {
      OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(OnePolicy.PATIENT, client, "wrong");

      for (int i = 0; i < 200; i++) {
        assertThat(limiter.check("a", 1).decidedBy()).isNotNull();
      }

      long each = WrongServer.PATIENCE.toNanos();
      assertThat((long) fake.connections().size())
          .isLessThanOrEqualTo(10 + 2 * (System.nanoTime() - start) / each);
    }
  }
}
