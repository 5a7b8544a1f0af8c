package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.fixtures.OwnThread;
import dev.ratelab.fixtures.Pause;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.OnePolicy;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A Redis that is silent, slow, gone, full, or not a Redis: every caller has an answer by its deadline, and no call is sent
 * twice. The time limit only ends a hang; a passing test does not come near it.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RedisUnderFaultTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Policy HASTY = OnePolicy.PATIENT.withDeadline(Duration.ofMillis(50));

  private static Stream<Arguments> eachFailurePolicyOnEachClient() {
    return Library.with((Object[]) FailurePolicy.values());
  }

  private static final Decision LATE =
      new Decision(false, 1_000, 0, 0, 0, 0, FailurePolicy.FAIL_CLOSED, FailureReason.DEADLINE);
  private static final Decision UNAVAILABLE =
      new Decision(false, 1_000, 0, 0, 0, 0, FailurePolicy.FAIL_CLOSED, FailureReason.UNAVAILABLE);

  private static Decision late(FailurePolicy policy) {
    return policy == FailurePolicy.FAIL_OPEN
        ? new Decision(true, 1_000, 0, 0, 0, 0, policy, FailureReason.DEADLINE)
        : LATE;
  }

  /** Checks until Redis decides again, each time on another key. */
  private static int checksUntilRecovery(OnePolicy<RedisRateLimiter> limiter) {
    int checks = 1;
    while (limiter.check("after" + checks, 1).decidedBy() != null) {
      checks++;
    }
    return checks;
  }

  @ParameterizedTest
  @MethodSource("eachFailurePolicyOnEachClient")
  void aServerThatNeverAnswersIsAnsweredForByTheFailurePolicy(
      FailurePolicy onFailure, Library library) throws Exception {
    try (FakeRedis fake = new FakeRedis("127.0.0.1", (command, connection) -> {});
        RedisClient client = library.connect(fake.address())) {
      OnePolicy<RedisRateLimiter> limiter =
          OnePolicy.onRedis(HASTY.onFailure(onFailure), client, "silent");

      assertThat(limiter.check("a", 1)).isEqualTo(late(onFailure));
      assertThat(limiter.checkAsync("b", 1).join()).isEqualTo(late(onFailure));
      assertThat(limiter.checkAll(List.of(limiter.request("c", 1), limiter.request("c", 1))))
          .containsExactly(late(onFailure), late(onFailure));
      assertThat(limiter.limiter().failures()).isEqualTo(4);

      fake.answer(FakeRedis.reply(FakeRedis.ADMITTED));
      if (library == Library.JEDIS) {
        checksUntilRecovery(limiter);
      }
    }
  }

  /** Many on one key wait for one another, yet all of them by one deadline. */
  @ParameterizedTest
  @EnumSource
  void aBatchWaitsForOneDeadlineAndNotForOneARequest(Library library) throws Exception {
    try (FakeRedis fake = new FakeRedis("127.0.0.1", (command, connection) -> {});
        RedisClient client = library.connect(fake.address())) {
      Policy second = OnePolicy.PATIENT.withDeadline(Duration.ofSeconds(1));
      OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(second, client, "batch");
      List<Request> requests =
          IntStream.range(0, 10_000).mapToObj(i -> limiter.request("hot", 1)).toList();

      // Lettuce gives the connection up when several calls are late, some milliseconds before those
      // that came last.
      assertThat(limiter.checkAll(requests))
          .hasSize(10_000)
          .contains(LATE)
          .isSubsetOf(LATE, UNAVAILABLE);
      assertThat(limiter.limiter().failures()).isEqualTo(10_000);
      // None is sent twice.
      assertThat(fake.scriptCalls()).hasSizeLessThanOrEqualTo(10_000 / BatchCall.MOST_REQUESTS + 1);
    }
  }

  /** A timeout for each piece of the reply never ends where the pieces do not. */
  @ParameterizedTest
  @EnumSource
  void aReplyThatTricklesInDoesNotStretchTheDeadline(Library library) throws Exception {
    FakeRedis.Answer endless = (command, connection) -> {
      FakeRedis.write(connection, "*5\r\n:");
      while (!connection.isClosed()) {
        FakeRedis.write(connection, "0");
        Thread.sleep(5);
      }
    };
    try (FakeRedis fake = new FakeRedis("127.0.0.1", endless);
        RedisClient client = library.connect(fake.address())) {
      OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(HASTY, client, "trickle");

      assertThat(limiter.check("a", 1)).isEqualTo(LATE);
      assertThat(limiter.checkAsync("b", 1).join()).isEqualTo(LATE);
    }
  }

  /** Longer than the clients' own timeouts, which are five seconds. */
  @Test
  void aDeadlineMayBeLongerThanTheTimeToConnect() throws Exception {
    FakeRedis.Answer late = (command, connection) -> {
      Thread.sleep(5_500);
      FakeRedis.write(connection, FakeRedis.ADMITTED);
    };
    try (FakeRedis fake = new FakeRedis("127.0.0.1", late);
        RedisClient lettuce = LettuceClient.connect(fake.address());
        RedisClient jedis = JedisClient.connect(fake.address())) {
      List<CompletableFuture<Decision>> answers = Stream.of(lettuce, jedis)
          .map(client -> OnePolicy.onRedis(OnePolicy.PATIENT, client, "late"))
          .map(limiter -> limiter.checkAsync("a", 1))
          .toList();

      assertThat(answers)
          .extracting(CompletableFuture::join)
          .allMatch(decision -> decision.decidedBy() == null && decision.allowed());
    }
  }

  /** The call may have been charged: it is given up, and only new ones go out over the new connection. */
  @ParameterizedTest
  @EnumSource
  void aCallWhoseConnectionWasCutIsNeverSentAgain(Library library) throws Exception {
    FakeRedis.Answer cut = (command, connection) -> {
      FakeRedis.write(connection, "*5\r\n:1\r\n");
      connection.close();
    };
    try (FakeRedis fake = new FakeRedis("127.0.0.1", cut);
        RedisClient client = library.connect(fake.address())) {
      OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(OnePolicy.PATIENT, client, "cut");

      assertThat(limiter.check("before", 1)).isEqualTo(UNAVAILABLE);
      fake.answer(FakeRedis.reply(FakeRedis.ADMITTED));
      checksUntilRecovery(limiter);
      fake.answer(cut);
      assertThat(limiter.checkAsync("between", 1).join()).isEqualTo(UNAVAILABLE);
      fake.answer(FakeRedis.reply(FakeRedis.ADMITTED));
      checksUntilRecovery(limiter);

      assertThat(fake.scriptCalls().stream().map(call -> call.get(3)))
          .contains(key(limiter, "before"), key(limiter, "between"));
      assertThat(fake.scriptCalls().stream()
              .filter(call -> call.get(3).equals(key(limiter, "before"))))
          .hasSize(1);
      assertThat(fake.scriptCalls().stream()
              .filter(call -> call.get(3).equals(key(limiter, "between"))))
          .hasSize(1);
    }
  }

  private static String key(OnePolicy<RedisRateLimiter> limiter, String key) {
    return new String(limiter.redisKey(key), StandardCharsets.ISO_8859_1);
  }

  /** An EVAL that fails is an outcome unknown as well: only NOSCRIPT proves that nothing was executed. */
  @ParameterizedTest
  @EnumSource
  void onlyAnUnknownScriptIsSentASecondTimeAndNeverAThird(Library library) throws Exception {
    try (FakeRedis fake = FakeRedis.replying("-NOSCRIPT No matching script.\r\n");
        RedisClient client = library.connect(fake.address())) {
      OnePolicy<RedisRateLimiter> limiter =
          OnePolicy.onRedis(OnePolicy.PATIENT, client, "noscript");

      assertThat(limiter.check("a", 1)).isEqualTo(UNAVAILABLE);
      assertThat(limiter.checkAsync("b", 1).join()).isEqualTo(UNAVAILABLE);
      assertThat(fake.scriptCalls().stream().map(call -> call.get(0)))
          .containsExactly("EVALSHA", "EVAL", "EVALSHA", "EVAL");
    }
  }

  private static Stream<Arguments> eachBadReplyOnEachClient() {
    return Library.with(
        "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
        "-READONLY You can't write against a read only replica.\r\n",
        "-LOADING Redis is loading the dataset in memory\r\n",
        "-BUSY Redis is busy running a script.\r\n",
        "-MISCONF Redis is configured to save RDB snapshots\r\n",
        "-NOPERM this user has no permissions\r\n",
        "-CLUSTERDOWN The cluster is down\r\n",
        "-MOVED 1 127.0.0.1:1\r\n",
        "-ERR\r\n",
        "-\r\n",
        ":1\r\n",
        "+OK\r\n",
        "$-1\r\n",
        "*-1\r\n",
        "*0\r\n",
        "*1\r\n:1\r\n",
        "*6\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n",
        "*5\r\n:1\r\n:9\r\n:0\r\n:10\r\n$-1\r\n",
        "*5\r\n$1\r\n1\r\n:9\r\n:0\r\n:10\r\n:0\r\n",
        "*5\r\n*1\r\n:1\r\n:9\r\n:0\r\n:10\r\n:0\r\n",
        "HTTP/1.1 400 Bad Request\r\n\r\n");
  }

  @ParameterizedTest
  @MethodSource("eachBadReplyOnEachClient")
  void whateverIsNoDecisionIsAnsweredForByTheFailurePolicy(String reply, Library library)
      throws Exception {
    try (FakeRedis fake = FakeRedis.replying(reply);
        RedisClient client = library.connect(fake.address())) {
      // A reply that ends nowhere is only given up at the deadline.
      Policy policy = OnePolicy.PATIENT.withDeadline(Duration.ofMillis(300));
      OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(policy, client, "bad");

      assertThat(limiter.check("a", 1)).isEqualTo(UNAVAILABLE);
      assertThat(limiter.checkAsync("b", 1).join()).isEqualTo(UNAVAILABLE);
      assertThat(limiter.checkAll(List.of(limiter.request("c", 1)))).containsExactly(UNAVAILABLE);
      assertThat(limiter.limiter().failures()).isEqualTo(3);
      assertThat(fake.scriptCalls())
          .hasSizeLessThanOrEqualTo(3)
          .allMatch(call -> call.get(0).equals("EVALSHA"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void nothingOfAKeysTextReachesRedis(Library library) throws Exception {
    try (FakeRedis fake = FakeRedis.replying(FakeRedis.ADMITTED);
        RedisClient client = library.connect(fake.address())) {
      OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(OnePolicy.PATIENT, client, "shop");
      limiter.check("alice@example.org", 1);
      limiter.checkAsync("alice@example.org", 1).join();

      assertThat(fake.scriptCalls()).hasSize(2).allSatisfy(call -> {
        assertThat(call)
            .startsWith("EVALSHA")
            .element(3)
            .asString()
            .matches("shop:p:[A-Za-z0-9_-]{6}:\\{\\d+}:[A-Za-z0-9_-]{22}");
        assertThat(String.join(" ", call)).doesNotContainIgnoringCase("alice", "example");
      });
    }
  }

  /** An interrupted thread wants to end; it is answered at once, stays interrupted, and costs no connection. */
  @ParameterizedTest
  @EnumSource
  void anInterruptedThreadIsAnsweredAndStaysInterrupted(Library library) throws Exception {
    try (FakeRedis fake = FakeRedis.replying(FakeRedis.ADMITTED);
        RedisClient client = library.connect(fake.address())) {
      OnePolicy<RedisRateLimiter> limiter =
          OnePolicy.onRedis(OnePolicy.PATIENT, client, "interrupted");
      for (int i = 0; i < 200; i++) {
        Thread.currentThread().interrupt();
        Decision decision = limiter.check("a", 1);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(decision.decidedBy()).isIn(null, FailurePolicy.FAIL_CLOSED);
      }
      assertThat(limiter.check("b", 1).decidedBy()).isNull();
    }
  }

  /** More failures than there are connections: none of them may keep one. */
  @ParameterizedTest
  @EnumSource
  void failuresLeakNoConnection(Library library) throws Exception {
    AtomicInteger calls = new AtomicInteger();
    FakeRedis.Answer mixed = (command, connection) -> {
      switch (calls.getAndIncrement() % 3) {
        case 0 -> FakeRedis.write(connection, "-OOM no\r\n");
        case 1 -> FakeRedis.write(connection, ":1\r\n");
        default -> connection.close();
      }
    };
    try (FakeRedis fake = new FakeRedis("127.0.0.1", mixed);
        RedisClient client = library.connect(fake.address())) {
      OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(OnePolicy.PATIENT, client, "leak");
      for (int i = 0; i < 200; i++) {
        assertThat(limiter.check("a", 1).decidedBy()).isNotNull();
      }

      fake.answer(FakeRedis.reply(FakeRedis.ADMITTED));
      assertThat(checksUntilRecovery(limiter)).isPositive();
    }
  }

  /** What waits in line behind a slow call has had its answer by then, so it must not be sent any more. */
  @Test
  void aCallThatWaitedTooLongIsNotSentAtAll() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    FakeRedis.Answer stuck = (command, connection) -> {
      release.await();
      FakeRedis.write(connection, FakeRedis.ADMITTED);
    };
    try (FakeRedis fake = new FakeRedis("127.0.0.1", stuck);
        RedisClient client = JedisClient.connect(fake.address())) {
      CompletableFuture<Decision> first =
          OnePolicy.onRedis(OnePolicy.PATIENT, client, "queue").checkAsync("hot", 1);
      OnePolicy<RedisRateLimiter> hasty = OnePolicy.onRedis(HASTY, client, "queue");
      List<CompletableFuture<Decision>> behind = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        behind.add(hasty.checkAsync("hot", 1));
      }
      assertThat(behind).extracting(CompletableFuture::join).containsOnly(LATE);

      release.countDown();
      assertThat(first.join().decidedBy()).isNull();
      assertThat(OnePolicy.onRedis(OnePolicy.PATIENT, client, "queue")
              .checkAsync("hot", 1)
              .join()
              .decidedBy())
          .isNull();
      assertThat(fake.scriptCalls()).hasSize(2);
    }
  }

  /** So does what waits for the call under way to end. */
  @ParameterizedTest
  @EnumSource
  void callsUnderWayFailWhenTheClientIsClosed(Library library) throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    try (FakeRedis fake = new FakeRedis("127.0.0.1", (command, connection) -> arrived.countDown());
        RedisClient client = library.connect(fake.address())) {
      OnePolicy<RedisRateLimiter> limiter =
          OnePolicy.onRedis(OnePolicy.PATIENT.withDeadline(Duration.ofHours(1)), client, "closing");
      CompletableFuture<Decision> blocked =
          CompletableFuture.supplyAsync(() -> limiter.check("a", 1), OwnThread.EACH);
      CompletableFuture<Decision> waiting = limiter.checkAsync("b", 1);
      arrived.await();

      CompletableFuture.runAsync(client::close, OwnThread.EACH).join();

      assertThat(blocked.join()).isEqualTo(UNAVAILABLE);
      assertThat(waiting.join()).isEqualTo(UNAVAILABLE);
    }
  }

  /** Connecting, too, ends by itself. */
  @Test
  void aServerThatAcceptsAndSaysNothingIsNoRedis() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      RedisAddress address = RedisAddress.of("127.0.0.1", silent.getLocalPort());

      List<CompletableFuture<RedisClient>> connecting = Stream.of(Library.values())
          .map(library ->
              CompletableFuture.supplyAsync(() -> library.connect(address), OwnThread.EACH))
          .toList();

      for (CompletableFuture<RedisClient> each : connecting) {
        assertThat(each.handle((client, failure) -> failure.getCause()).join())
            .isInstanceOf(RedisFailure.class)
            .hasMessageStartingWith("%s does not answer as a Redis", address);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void nobodyAtTheAddressIsAFailureThatNamesIt(Library library) throws Exception {
    int port = FakeRedis.freePort();

    assertThatExceptionOfType(RedisFailure.class)
        .isThrownBy(() -> library.connect(RedisAddress.of("127.0.0.1", port)))
        .withMessageStartingWith("redis://127.0.0.1:%d does not answer as a Redis: ", port);
  }

  @ParameterizedTest
  @EnumSource
  void anIpv6AddressIsReached(Library library) throws Exception {
    try (FakeRedis fake = new FakeRedis("::1", FakeRedis.reply(FakeRedis.ADMITTED));
        RedisClient client =
            library.connect(RedisAddress.parse("redis://[::1]:" + fake.address().port()))) {
      assertThat(
              OnePolicy.onRedis(OnePolicy.PATIENT, client, "v6").check("a", 1).decidedBy())
          .isNull();
    } catch (IOException e) {
      Assumptions.abort("this machine has no IPv6 loopback: " + e);
    }
  }

  /** The real one from here on. */
  @ParameterizedTest
  @EnumSource
  void aStoppedServerIsGivenUpAndUsedAgainWhenItGoesOn(Library library) throws Exception {
    try (RunningRedis server = RunningRedis.open("embedded");
        RawRedis redis = new RawRedis(server.address());
        RedisClient client = library.connect(server.address())) {
      OnePolicy<RedisRateLimiter> patient = OnePolicy.onRedis(OnePolicy.PATIENT, client, "stopped");
      OnePolicy<RedisRateLimiter> hasty = OnePolicy.onRedis(HASTY, client, "stopped");
      assertThat(patient.check("a", 1).remaining()).isEqualTo(999);
      long process = redis.processId();

      RawRedis.signal("STOP", process);
      List<Decision> meanwhile;
      try {
        meanwhile = IntStream.range(0, 10).mapToObj(i -> hasty.check("a", 1)).toList();
      } finally {
        RawRedis.signal("CONT", process);
      }

      assertThat(meanwhile).containsOnly(LATE);
      assertThat(hasty.limiter().failures()).isEqualTo(10);
      Decision after = patient.check("a", 1);
      assertThat(after.decidedBy()).isNull();
      // Each of the ten was charged once or, where it never left the client, not at all.
      assertThat(after.remaining()).isBetween(999L - 11, 998L);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatWasReplacedOnItsPortIsFoundAgain(Library library) throws Exception {
    try (FakeRedis first = FakeRedis.replying(FakeRedis.ADMITTED);
        RedisClient client = library.connect(first.address())) {
      OnePolicy<RedisRateLimiter> limiter =
          OnePolicy.onRedis(OnePolicy.PATIENT, client, "replaced");
      assertThat(limiter.check("a", 1).decidedBy()).isNull();
      first.stop();
      while (limiter.check("b", 1).decidedBy() == null) {
        Pause.brief();
      }
      assertThat(limiter.check("b", 1)).isEqualTo(UNAVAILABLE);

      try (FakeRedis second =
          new FakeRedis("127.0.0.1", first.address().port(), FakeRedis.reply(FakeRedis.ADMITTED))) {
        checksUntilRecovery(limiter);
        assertThat(second.scriptCalls()).isNotEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatRedisRefusesIsAnsweredForByTheFailurePolicy(Library library) {
    try (RunningRedis server = RunningRedis.open("embedded");
        RawRedis redis = new RawRedis(server.address());
        RedisClient client = library.connect(server.address())) {
      for (Algorithm algorithm : Algorithm.values()) {
        Policy policy = Policy.of(algorithm.id(), algorithm, Limit.of(1_000, Duration.ofDays(31)))
            .withDeadline(LONG);
        OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(policy, client, "refused");
        limiter.check("full", 1);

        redis.call("CONFIG", "SET", "maxmemory", "1");
        assertThat(limiter.check("new", 1)).isEqualTo(UNAVAILABLE);
        redis.call("CONFIG", "SET", "maxmemory", "0");
        redis.call("REPLICAOF", "127.0.0.1", "1");
        assertThat(limiter.check("full", 1)).isEqualTo(UNAVAILABLE);
        redis.call("REPLICAOF", "NO", "ONE");
        Library.awaitAnswer(client);

        redis.call("HSET", limiter.redisKey("hash"), "a", "1");
        redis.call("SET", limiter.redisKey("text"), "not a state");
        redis.call("RPUSH", limiter.redisKey("list"), "not", "a", "state");
        for (String key : List.of("hash", "text", "list")) {
          assertThat(limiter.check(key, 1)).as("%s on a %s", algorithm, key).isEqualTo(UNAVAILABLE);
          assertThat(limiter.checkAsync(key, 1).join()).isEqualTo(UNAVAILABLE);
        }
        assertThat(limiter.check("full", 1).remaining()).isEqualTo(998);
        assertThat(limiter.check("new", 1).remaining()).isEqualTo(999);
        assertThat(limiter.limiter().failures()).isEqualTo(8);
      }
    }
  }
}
