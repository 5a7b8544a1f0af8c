package dev.ratelab.limiter.redis.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ratelab.fixtures.OwnThread;
import dev.ratelab.fixtures.Pause;
import dev.ratelab.limiter.redis.FakeRedis;
import dev.ratelab.limiter.redis.RawRedis;
import dev.ratelab.limiter.redis.RedisAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The time limit only ends a hang. */
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RunningRedisTest {
  private static void awaitGone(long process, Path directory) {
    while (alive(process) || Files.exists(directory)) {
      Pause.brief();
    }
  }

  private static boolean alive(long process) {
    return ProcessHandle.of(process).map(ProcessHandle::isAlive).orElse(false);
  }

  @Test
  void theEmbeddedOneWritesNothingAndListensOnTheLoopbackOnly() {
    try (RunningRedis redis = RunningRedis.open("embedded");
        RawRedis raw = new RawRedis(redis.address())) {
      assertThat(raw.setting("save")).isEmpty();
      assertThat(raw.setting("appendonly")).isEqualTo("no");
      assertThat(raw.setting("bind")).isEqualTo("127.0.0.1");
      assertThat(redis.address().host()).isEqualTo("127.0.0.1");
      assertThat(raw.text("INFO", "cluster")).contains("cluster_enabled:0");
    }
  }

  @Test
  void itIsGoneWithItsDirectoryWhenItIsClosed() {
    long process;
    Path directory;
    try (RunningRedis redis = RunningRedis.open("embedded");
        RawRedis raw = new RawRedis(redis.address())) {
      process = raw.processId();
      directory = Path.of(raw.setting("dir"));
      assertThat(alive(process)).isTrue();
      assertThat(directory).isDirectory();
    }

    assertThat(alive(process)).isFalse();
    assertThat(directory).doesNotExist();
  }

  /** In a JVM whose temporary directory nobody else uses: the library makes directories of its own. */
  @Test
  void itLeavesNothingElseBehind(@TempDir Path temporary) throws Exception {
    Process jvm = foreignRun("exit", "embedded", "-Djava.io.tmpdir=" + temporary);
    try (BufferedReader out = jvm.inputReader()) {
      String[] told = out.readLine().split(" ", 2);
      assertThat(Path.of(told[1])).hasParent(temporary);

      jvm.waitFor();
      awaitGone(Long.parseLong(told[0]), Path.of(told[1]));
    } finally {
      jvm.destroyForcibly();
    }
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left.filter(path -> !path.getFileName().toString().startsWith("hsperfdata")))
          .isEmpty();
    }
  }

  @Test
  void severalRunAtOnce() {
    List<CompletableFuture<RunningRedis>> starting = IntStream.range(0, 3)
        .mapToObj(
            i -> CompletableFuture.supplyAsync(() -> RunningRedis.open("embedded"), OwnThread.EACH))
        .toList();
    List<RunningRedis> running = new ArrayList<>();
    try {
      starting.forEach(each -> running.add(each.join()));
      assertThat(running).extracting(redis -> redis.address().port()).doesNotHaveDuplicates();
      for (RunningRedis redis : running) {
        try (RawRedis raw = new RawRedis(redis.address())) {
          assertThat(raw.number("DBSIZE")).isZero();
          raw.call("SET", "mine", "1");
        }
      }
    } finally {
      running.forEach(RunningRedis::close);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aClusterHasAReplicaForEachPrimaryAndServesAllSlots(int primaries) {
    try (RunningRedis redis = RunningRedis.open("embedded-cluster:" + primaries);
        RawRedis raw = new RawRedis(redis.address())) {
      assertThat(raw.text("CLUSTER", "INFO"))
          .contains("cluster_state:ok", "cluster_slots_ok:16384", "cluster_size:" + primaries);
      assertThat(raw.text("CLUSTER", "NODES").lines().filter(line -> line.contains("slave")))
          .hasSize(primaries);
      assertThat(raw.text("INFO", "replication"))
          .contains("role:master", "connected_slaves:1", "state=online");
    }
  }

  /** Six processes, each with a supervisor of its own. */
  @Test
  void noNodeOfAClusterOutlivesAJvmThatWasKilled() throws Exception {
    Process jvm = foreignRun("KILL", "embedded-cluster:3");
    try (BufferedReader out = jvm.inputReader()) {
      Map<Long, Path> nodes = new HashMap<>();
      for (int i = 0; i < 6; i++) {
        String[] told = out.readLine().split(" ", 2);
        nodes.put(Long.parseLong(told[0]), Path.of(told[1]));
      }
      assertThat(nodes).hasSize(6);
      assertThat(nodes.keySet()).allMatch(RunningRedisTest::alive);

      RawRedis.signal("KILL", jvm.pid());
      jvm.waitFor();
      nodes.forEach(RunningRedisTest::awaitGone);
    } finally {
      jvm.destroyForcibly();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"KILL", "TERM", "exit"})
  void itIsGoneHoweverItsJvmEnds(String end) throws Exception {
    Process jvm = foreignRun(end, "embedded");
    try (BufferedReader out = jvm.inputReader()) {
      String[] told = out.readLine().split(" ", 2);
      long process = Long.parseLong(told[0]);
      Path directory = Path.of(told[1]);

      if (!end.equals("exit")) {
        assertThat(alive(process)).isTrue();
        RawRedis.signal(end, jvm.pid());
      }

      jvm.waitFor();
      awaitGone(process, directory);
    } finally {
      jvm.destroyForcibly();
    }
  }

  private static Process foreignRun(String end, String spec, String... flags) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    command.addAll(List.of(flags));
    command.addAll(List.of(
        "-cp",
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
        ForeignRun.class.getName(),
        end,
        spec));
    return new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** So no signal to the JVM's group reaches them, and with a terminal they cannot take it from the JVM. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void redisAndItsSupervisorAreInASessionOfTheirOwn() throws IOException {
    try (RunningRedis redis = RunningRedis.open("embedded");
        RawRedis raw = new RawRedis(redis.address())) {
      long process = raw.processId();
      long supervisor =
          ProcessHandle.of(process).flatMap(ProcessHandle::parent).orElseThrow().pid();

      assertThat(session(supervisor))
          .isEqualTo(supervisor)
          .isNotEqualTo(session(ProcessHandle.current().pid()));
      assertThat(session(process)).isEqualTo(supervisor);
    }
  }

  /** The sixth field of /proc/PID/stat; the second one is a name in brackets, which may hold blanks. */
  private static long session(long process) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + process + "/stat"));
    return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", 5)[3]);
  }

  /** Where it has no session of its own, Ctrl-C or a build's time limit signal it with the JVM's whole group. */
  @ParameterizedTest
  @ValueSource(strings = {"INT", "HUP", "TERM", "QUIT"})
  void aSignalToTheSupervisorLeavesItToItsJvm(String signal) throws Exception {
    RunningRedis redis = RunningRedis.open("embedded");
    long process;
    Path directory;
    try (RawRedis raw = new RawRedis(redis.address())) {
      process = raw.processId();
      directory = Path.of(raw.setting("dir"));
      long supervisor =
          ProcessHandle.of(process).flatMap(ProcessHandle::parent).orElseThrow().pid();

      RawRedis.signal(signal, supervisor);
      assertThat(raw.number("DBSIZE")).isZero();
      assertThat(alive(supervisor)).isTrue();
    } finally {
      redis.close();
    }
    awaitGone(process, directory);
  }

  /** The process that then has its number must not be ended in its place, so the watcher ends with it. */
  @Test
  void aRedisThatDiedByItselfLeavesNothingBehindEither() throws Exception {
    RunningRedis redis = RunningRedis.open("embedded");
    try (RawRedis raw = new RawRedis(redis.address())) {
      long process = raw.processId();
      Path directory = Path.of(raw.setting("dir"));
      ProcessHandle supervisor =
          ProcessHandle.of(process).flatMap(ProcessHandle::parent).orElseThrow();
      RawRedis.signal("KILL", process);
      while (supervisor.descendants().findAny().isPresent()) {
        Pause.brief();
      }

      redis.close();
      awaitGone(supervisor.pid(), directory);
    }
  }

  @Test
  void anExistingOneIsUsedAndLeftRunning() {
    try (RunningRedis own = RunningRedis.open("embedded")) {
      String url = own.address().toString();

      try (RunningRedis redis = RunningRedis.open(url)) {
        assertThat(redis.address()).isEqualTo(own.address());
      }
      try (RawRedis raw = new RawRedis(own.address())) {
        assertThat(raw.number("DBSIZE")).isZero();
      }
    }
  }

  @Test
  void nobodyAtTheUrlIsOneClearSentence() throws IOException {
    int port = FakeRedis.freePort();

    assertThatExceptionOfType(NoRedisException.class)
        .isThrownBy(() -> RunningRedis.open("redis://app:hunter2@127.0.0.1:%d".formatted(port)))
        .withMessageStartingWith("redis://app:***@127.0.0.1:%d does not answer as a Redis: ", port)
        .withMessageNotContaining("hunter2")
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
  }

  @Test
  void aServerThatIsNoRedisIsOneClearSentence() throws IOException {
    try (FakeRedis fake = FakeRedis.noRedis()) {
      RedisAddress address = fake.address();

      assertThatExceptionOfType(NoRedisException.class)
          .isThrownBy(() -> RunningRedis.open(address.toString()))
          .withMessageStartingWith("%s does not answer as a Redis: ", address)
          .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "embeded",
        "EMBEDDED",
        "none",
        "localhost:6379",
        "embedded-cluster",
        "embedded-cluster:",
        "embedded-cluster:0",
        "embedded-cluster:-1",
        "embedded-cluster:65",
        "embedded-cluster:three"
      })
  void anUnknownSpecIsRejectedWithWhatIsAccepted(String spec) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RunningRedis.open(spec))
        .withMessage(
            "unknown Redis '%s'; accepted: embedded, embedded-cluster:N with 1 to 64 primaries, docker, or a URL such as redis://localhost:6379",
            spec);
  }

  @Test
  void aBrokenUrlIsRejectedWithoutShowingIt() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RunningRedis.open("http://app:hunter2@cache"))
        .withMessageContaining("accepted: redis://")
        .withMessageNotContaining("hunter2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RunningRedis.open("app:hunter2@cache"))
        .withMessageContaining("accepted: embedded")
        .withMessageNotContaining("hunter2");
  }
}
