package dev.ratelab.server.http;

import static dev.ratelab.server.RawClient.check;
import static dev.ratelab.server.RawClient.get;
import static dev.ratelab.server.RawClient.post;
import static dev.ratelab.server.RunningServers.ADMITTED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Decision;
import dev.ratelab.server.RunningServers;
import dev.ratelab.server.ScriptedLimiter;
import dev.ratelab.server.check.ActivePolicies;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What requests take together, and who gives way. */
class RequestMemoryTest {
  @RegisterExtension
  private final RunningServers servers = new RunningServers();

  private static final String BODY = "{\"key\":\"" + "k".repeat(60_000) + "\"}";
  private static final String WHOLE = post(BODY, "");
  private static final String HALF = WHOLE.substring(0, 40_000);

  // An eighth of it is 2 MiB: 17 of those halves.
  private final RequestMemory memory = new RequestMemory(1 << 24);
  private ActivePolicies served =
      ActivePolicies.of(ScriptedLimiter.POLICIES, ScriptedLimiter.always(ADMITTED));

  private Wire connect() {
    Wire wire = Wire.serving(() -> served, ServerOptions.defaults(), servers.telemetry(), memory);
    servers.closing(wire::finishAndReleaseAll);
    return wire;
  }

  /** From now on decisions are the test's to make, in the order in which they are asked for. */
  private List<CompletableFuture<Decision>> held() {
    List<CompletableFuture<Decision>> decisions = new ArrayList<>();
    served = ActivePolicies.of(ScriptedLimiter.POLICIES, ScriptedLimiter.deciding((key, cost) -> {
      decisions.add(new CompletableFuture<>());
      return decisions.get(decisions.size() - 1);
    }));
    return decisions;
  }

  /** Those that began first, and they are told. */
  @ParameterizedTest
  @ValueSource(strings = {"body", "head", "trailers", "chunks"})
  void unfinishedRequestsGiveWayToNewerOnes(String what) {
    String part = switch (what) {
      case "body" -> HALF;
      case "head" ->
        "POST /check HTTP/1.1\r\nHost: test\r\n" + ("X: " + "x".repeat(2_000) + "\r\n").repeat(3);
      case "trailers" ->
        "POST /check HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{\"key\":\"a\"}\r\n0\r\n"
            + ("X: " + "x".repeat(2_000) + "\r\n").repeat(3);
      default ->
        "POST /check HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n" + HALF;
    };
    int many = 300;
    List<Wire> attackers = new ArrayList<>();
    Wire honest = connect();
    for (int i = 0; i < many; i++) {
      attackers.add(connect().send(part));
      assertThat(honest.send(check("a")).answers()).startsWith("HTTP/1.1 200 OK");
    }

    assertThat(attackers.get(0).answers())
        .startsWith("HTTP/1.1 503 Service Unavailable")
        .contains("connection: close", "the memory for requests is taken by others");
    assertThat(attackers.get(many - 1).answers()).isEmpty();
    attackers.forEach(Wire::answers);
    long refused = (long) servers.dropped("memory");
    assertThat(refused).isBetween(1L, many - 1L);
    assertThat(attackers.stream().filter(each -> !each.isOutputShutdown()).count())
        .isEqualTo(many - refused);
    for (Wire attacker : attackers) {
      var unused = attacker.close();
    }
    assertThat(connect().send(WHOLE).answers()).as("all is given back").startsWith("HTTP/1.1 200");
    assertThat((long) servers.dropped("memory")).isEqualTo(refused);
  }

  /** What was whole is decided, charged and answered; who is refused is so before. */
  @Test
  void whatWaitsForItsDecisionIsAnsweredAndTheNextRefused() {
    List<CompletableFuture<Decision>> decisions = held();
    List<Wire> clients = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      clients.add(connect().send(WHOLE));
    }

    int asked = decisions.size();
    assertThat(asked).isBetween(1, 19);
    assertThat(clients.get(19).answers()).startsWith("HTTP/1.1 503 ").contains("connection: close");
    assertThat(servers.dropped("memory")).isEqualTo(20 - asked);
    decisions.forEach(decision -> decision.complete(ADMITTED));
    for (int i = 0; i < asked; i++) {
      assertThat(clients.get(i).answers()).startsWith("HTTP/1.1 200 ");
    }
    assertThat(clients.get(0).send(check("a")).answers())
        .as("all is given back")
        .isEmpty();
    assertThat(decisions).hasSize(asked + 1);
  }

  /** Who was asked while it could give nothing, since it waited for a decision, is asked again after its answer. */
  @Test
  void whoHasHalfTheNextRequestInThePipeGivesWayToo() {
    CompletableFuture<Decision> decision = new CompletableFuture<>();
    served = ActivePolicies.of(
        ScriptedLimiter.POLICIES, ScriptedLimiter.deciding((key, cost) -> decision));
    Wire stubborn = connect().send(WHOLE);
    List<Wire> others = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      others.add(connect().send(HALF));
    }
    stubborn.send(HALF.substring(0, 30_000));
    decision.complete(ADMITTED);
    assertThat(stubborn.answers()).startsWith("HTTP/1.1 200 ");
    assertThat(stubborn.isOutputShutdown()).isFalse();

    for (int i = 0; i < 40; i++) {
      others.add(connect().send(HALF));
    }

    assertThat(stubborn.answers()).startsWith("HTTP/1.1 503 ");
    others.forEach(Wire::answers);
  }

  /** A connection that rests holds no buffer of what it once sent. */
  @Test
  void whoRestsTakesNothing() {
    for (int i = 0; i < 200; i++) {
      assertThat(connect().send(WHOLE).answers()).startsWith("HTTP/1.1 200 ");
    }
    assertThat(servers.dropped("memory")).isZero();
  }

  /** However many requests come with one read, as many are taken as may wait; the rest is, when there is room. */
  @Test
  void nothingIsTakenBeyondWhatMayWait() {
    List<CompletableFuture<Decision>> decisions = held();
    Wire wire = connect().send(check("a").repeat(300));

    assertThat(decisions).hasSize(128);
    List.copyOf(decisions).forEach(decision -> decision.complete(ADMITTED));
    wire.runPendingTasks();
    assertThat(decisions).hasSize(256);
    List.copyOf(decisions).forEach(decision -> decision.complete(ADMITTED));
    wire.runPendingTasks();
    assertThat(decisions).hasSize(300);
    decisions.forEach(decision -> decision.complete(ADMITTED));
    assertThat(wire.answers().split("HTTP/1.1 200 OK", -1)).hasSize(301);
  }

  /** A short request for a long answer, again and again, and none of them read. */
  @Test
  void whoReadsNothingIsAnsweredNoMore() {
    Wire wire = connect();
    wire.config().setWriteBufferHighWaterMark(1 << 16);
    wire.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
    wire.runPendingTasks();
    wire.send(get("/").repeat(1_000));

    assertThat(wire.answers()).isEmpty();
    wire.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
    for (int i = 0; i < 2_000; i++) {
      wire.runPendingTasks();
    }
    assertThat(wire.answers().split("HTTP/1.1 200 OK", -1)).hasSize(1_001);
    wire.advanceTimeBy(1, TimeUnit.SECONDS);
    assertThat(wire.isOpen()).isTrue();
  }

  /** Above the bound of what is about to be given back, whoever asks for more is refused. */
  @Test
  void whatIsPromisedIsBoundedToo() {
    RequestMemory small = new RequestMemory(2_400_000);
    RequestMemory.Holding stubborn = new RequestMemory.Holding(() -> {});
    RequestMemory.Holding other = new RequestMemory.Holding(() -> {});

    assertThat(small.hold(stubborn, 300_000, false)).isTrue();
    assertThat(small.hold(other, 90_000, false)).as("promised").isTrue();
    assertThat(small.hold(other, 200_000, false)).as("not given back").isFalse();
    assertThat(small.hold(other, RequestMemory.FREE, false)).isTrue();
    assertThat(small.hold(stubborn, 0, false)).isTrue();
    assertThat(small.hold(other, 200_000, false)).isTrue();
  }

  /** Who makes progress is asked after who does not, though it has taken memory for longer. */
  @Test
  void whoIsAnsweredIsAskedLast() {
    List<String> asked = new ArrayList<>();
    RequestMemory small = new RequestMemory(2_400_000);
    RequestMemory.Holding busy = new RequestMemory.Holding(() -> asked.add("busy"));
    RequestMemory.Holding stuck = new RequestMemory.Holding(() -> asked.add("stuck"));
    small.hold(busy, 100_000, false);
    small.hold(stuck, 100_000, false);
    small.hold(busy, 110_000, true);

    small.hold(new RequestMemory.Holding(() -> {}), 150_000, false);

    assertThat(asked).containsExactly("stuck");
  }
}
