package dev.ratelab.verification.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.fixtures.ServerJvm;
import dev.ratelab.verification.outage.Server;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A server that has just begun is slow, since its code is not compiled yet, but takes that for no queue. With a deadline that any machine
 * can hold, this proves that not one request is shed for another reason than its deadline; that what would miss one is shed, and for how
 * long a process counts as cold, is proved on a model in the limiter's {@code BackendQueueTest}. The time limit only ends a hang.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ColdServerTest {
  private static final int CONNECTIONS = 64;
  private static final int UNANSWERED = 4 * CONNECTIONS;
  private static final int ENOUGH = 20_000;
  private static final long SECONDS = 3;
  private static final int CLIENTS = 3;
  private static final int BATCH = 1_000;

  private static ServerJvm start(Server redis, String client) throws Exception {
    return Charges.serve(redis.address(), "--client", client, "--deadline", "10m");
  }

  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void notOneOfItsFirstChecksIsShed(String client) throws Exception {
    try (Server redis = Server.start();
        ServerJvm server = start(redis, client);
        OpenLoad load = OpenLoad.closed(server.address(), CONNECTIONS, UNANSWERED)) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      while (System.nanoTime() < end && load.sent() < ENOUGH) {
        load.await(CONNECTIONS);
      }

      assertThat(load.finish()).hasSizeGreaterThan(CONNECTIONS).allMatch(HttpReply::decided);
    }
  }

  /** Nor is any of the batches that some clients send at the same moment. */
  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void notOneOfItsFirstBatchesIsShed(String client) throws Exception {
    try (Server redis = Server.start();
        ServerJvm server = start(redis, client)) {
      HttpClient http = HttpClient.newHttpClient();
      for (int round = 0; round < 4; round++) {
        List<CompletableFuture<HttpResponse<String>>> answers = IntStream.range(0, CLIENTS)
            .mapToObj(
                each -> http.sendAsync(batch(server.address(), each), BodyHandlers.ofString()))
            .toList();
        for (CompletableFuture<HttpResponse<String>> answer : answers) {
          assertThat(answer.join().body()).contains("\"remaining\"").doesNotContain("because");
        }
      }
    }
  }

  private static HttpRequest batch(InetSocketAddress server, int client) {
    String checks = IntStream.range(0, BATCH)
        .mapToObj(each -> "{\"key\":\"%d-%d\"}".formatted(client, each))
        .collect(Collectors.joining(",", "[", "]"));
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:%d/check/batch".formatted(server.getPort())))
        .POST(BodyPublishers.ofString(checks))
        .build();
  }
}
