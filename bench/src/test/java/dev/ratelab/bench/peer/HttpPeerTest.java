package dev.ratelab.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HttpPeerTest {
  // The slowest rate that all can say: one permit comes back a minute.
  private static final Limit LIMIT = Limit.of(5, Duration.ofMinutes(5));
  private static final int ADMITTED = 200;
  private static final int DENIED = 429;

  @AutoClose
  private static final RunningRedis REDIS = RunningRedis.open("embedded");

  private final HttpClient client = HttpClient.newHttpClient();

  static List<HttpPeer> peers() {
    return HttpPeer.all();
  }

  @ParameterizedTest
  @MethodSource("peers")
  void itAdmitsTheLimitAndDeniesWhatIsOverForEachKeyApart(HttpPeer peer) throws Exception {
    try (Program running = start(peer)) {
      // On a machine so slow that a permit comes back meanwhile, the sixth is admitted and a later
      // one is not.
      List<Integer> statuses = ask(running.uri(), "alice", 30);
      assertThat(statuses.subList(0, 5)).containsOnly(ADMITTED);
      assertThat(statuses.subList(5, 30)).contains(DENIED).doesNotContain(503);
      assertThat(ask(running.uri(), "bob", 1)).containsExactly(ADMITTED);
    }
  }

  @ParameterizedTest
  @MethodSource("peers")
  void eachStartBeginsEmptyAndNothingRunsAfterItsEnd(HttpPeer peer) throws Exception {
    URI last;
    try (Program running = start(peer)) {
      last = running.uri();
      assertThat(ask(running.uri(), "alice", 30)).contains(DENIED);
    }
    assertThatThrownBy(() -> ask(last, "alice", 1)).isInstanceOf(ConnectException.class);
    try (Program running = start(peer)) {
      assertThat(ask(running.uri(), "alice", 1)).containsExactly(ADMITTED);
    }
  }

  @ParameterizedTest
  @MethodSource("peers")
  void itTellsItsVersion(HttpPeer peer) {
    assumePresent(peer);

    assertThat(peer.version())
        .matches("(nginx|node) \\d+\\.\\d+\\.\\d+(, [a-z-]+ \\d+\\.\\d+\\.\\d+)*");
  }

  private static Program start(HttpPeer peer) throws IOException, InterruptedException {
    assumePresent(peer);
    return peer.start(LIMIT, REDIS.address().toString());
  }

  private static void assumePresent(HttpPeer peer) {
    assumeTrue(
        peer.absentBecause().isEmpty(), () -> peer.name() + " is absent: " + peer.absentBecause());
  }

  private List<Integer> ask(URI uri, String key, int times)
      throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(uri + "?key=" + key))
        .POST(BodyPublishers.ofString("{\"key\":\"%s\"}".formatted(key)))
        .build();
    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      statuses.add(client.send(request, BodyHandlers.discarding()).statusCode());
    }
    return statuses;
  }
}
