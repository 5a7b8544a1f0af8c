package dev.ratelab.verification.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.verification.outage.FaultProxy;
import dev.ratelab.verification.outage.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The figures of docs/load.md, on a machine that does nothing else: several runs of each script, over each client. Writes its tables.
 */
@Tag("nightly")
class EveryServiceTest {
  private static final Path TABLES = Path.of("target", "load.md");
  private static final int RUNS = 3;
  private static final int SECONDS = 5;

  private static final List<String> OVERLOADS = new ArrayList<>();
  private static final List<String> RECOVERIES = new ArrayList<>();
  private static final List<String> STOPS = new ArrayList<>();

  @Test
  void redisIsTheBottleneck() throws Exception {
    for (int i = 0; i < RUNS; i++) {
      try (Server redis = Server.start();
          FaultProxy proxy = ServiceTest.slow(redis)) {
        Overload run = Overload.rehearse(SECONDS, proxy.address());
        add("Redis", run);
        assertThat(run.slowdown()).as("%s", run).isLessThan(Overload.MOST_SLOWDOWN);
        assertThat(run.twice().shed()).as("%s", run).isPositive();
      }
    }
  }

  /**
   * The server, Redis and the load share the machine's cores, so that a part of the wait is the load's own. How large a part is not
   * known, so nothing is promised of the wait.
   */
  @Test
  void theMachineIsTheBottleneck() throws Exception {
    for (int i = 0; i < RUNS; i++) {
      try (Server redis = Server.start()) {
        Overload run = Overload.rehearse(SECONDS, redis.address());
        add("this machine", run);
        assertThat(run.twice().decided())
            .as("%s", run)
            .isGreaterThan(run.servable().decided() / 2);
      }
    }
  }

  private static void add(String bottleneck, Overload run) {
    OVERLOADS.add("| %s | %,.0f | %.1f %% | %s | %,.0f | %s | %,.0f | %.1f %% | %s | %.1f |"
        .formatted(
            bottleneck,
            run.servable().perSecond(),
            100 * run.servable().shed(),
            millis(run.servable().p99()),
            run.twice().perSecond(),
            millis(run.onset().p99()),
            run.twice().decided(),
            100 * run.twice().shed(),
            millis(run.twice().p99()),
            run.slowdown()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void redisIsKilledAndBack(String client) throws Exception {
    for (int i = 0; i < RUNS; i++) {
      Recovery run = Recovery.rehearse("--client", client);
      RECOVERIES.add("| %s | %,d | %,d | %d | %s | %s |"
          .formatted(
              client,
              run.decided(),
              run.undecided(),
              run.admittedUnconfirmed(),
              millis(run.longestWait()),
              millis(run.recovered())));
      assertThat(run.admittedUnconfirmed()).as("%s", run).isZero();
      assertThat(run.recovered()).as("%s", run).isLessThan(Duration.ofSeconds(1));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void itIsToldToStop(boolean politely) throws Exception {
    for (int i = 0; i < RUNS; i++) {
      Stopping run = Stopping.rehearse(politely);
      STOPS.add("| %s | %,d | %,d | %,d |"
          .formatted(
              politely ? "SIGTERM" : "SIGKILL", run.answered(), run.turnedAway(), run.dropped()));
      assertThat(politely ? run.dropped() : 0).as("%s", run).isZero();
    }
  }

  @AfterAll
  static void write() throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("| bottleneck | rate it can serve | shed | p99 | twice that | p99 at first"
        + " | decided | shed | p99 | times as long |");
    lines.add("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    lines.addAll(OVERLOADS);
    lines.add("");
    lines.add(
        "| client | decided | undecided | admitted unconfirmed | longest wait | recovered after |");
    lines.add("|---|--:|--:|--:|--:|--:|");
    lines.addAll(RECOVERIES);
    lines.add("");
    lines.add("| signal | answered | turned away | dropped |");
    lines.add("|---|--:|--:|--:|");
    lines.addAll(STOPS);
    Files.createDirectories(TABLES.getParent());
    Files.write(TABLES, lines);
    System.out.println(String.join(System.lineSeparator(), lines));
  }

  private static String millis(Duration duration) {
    return String.format(Locale.ROOT, "%.1f ms", duration.toNanos() / 1e6);
  }
}
