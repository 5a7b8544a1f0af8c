package dev.ratelab.embed.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.embed.RequestLimiter;
import dev.ratelab.embed.StubLimiter;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.factory.RateLimiters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RateLimitHandlerTest {
  private static final Decision ALLOW = Decision.allow(2, 1, 30_000_000);
  private static final Decision DENY = Decision.deny(2, 0, 29_000_001, 60_000_000);

  private final Map<String, CompletableFuture<Decision>> decisions = new HashMap<>();
  private final EmbeddedChannel channel = channel(
      StubLimiter.deciding(key -> decisions.computeIfAbsent(key, k -> new CompletableFuture<>())));

  @Test
  void whatIsAdmittedGoesOnAndItsResponseTellsWhatIsLeft() {
    HttpRequest request = full("/a");
    channel.writeInbound(request);
    assertThat(arrived()).as("while undecided").isNull();

    decide("/a", ALLOW);
    assertThat(arrived()).isSameAs(request);
    channel.writeOutbound(response());
    FullHttpResponse response = channel.readOutbound();
    assertThat(response.headers().get("RateLimit-Policy")).isEqualTo("\"api\";q=2;w=60");
    assertThat(response.headers().get("RateLimit")).isEqualTo("\"api\";r=1;t=30");
  }

  /** Nobody knows whether it may pass, and those behind it wait for it. */
  @Test
  void whereTheKeyCannotBeToldTheConnectionEnds() {
    EmbeddedChannel failing = new EmbeddedChannel(new RateLimitHandler(
        RequestLimiter.of(StubLimiter.always(ALLOW), StubLimiter.POLICY, request -> {
          throw new IllegalStateException("planted by the test");
        })));

    assertThatThrownBy(() -> failing.writeInbound(full("/a"))).hasMessage("planted by the test");

    assertThat(failing.isOpen()).isFalse();
  }

  @Test
  void whatIsDeniedIsAnsweredAndReleased() {
    DefaultFullHttpRequest request = full("/a");
    channel.writeInbound(request);
    decide("/a", DENY);

    assertThat(arrived()).isNull();
    assertThat(request.refCnt()).isZero();
    FullHttpResponse response = channel.readOutbound();
    assertThat(response.status().code()).isEqualTo(429);
    assertThat(response.headers().get("Retry-After")).isEqualTo("30");
    assertThat(response.headers().get("RateLimit")).isEqualTo("\"api\";r=0;t=30");
    assertThat(response.content().toString(StandardCharsets.UTF_8)).contains("\"status\":429");
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void theConnectionOfOneWhoWantsItClosedIsClosed() {
    DefaultFullHttpRequest request = full("/a");
    request.headers().set("Connection", "close");
    channel.writeInbound(request);
    decide("/a", Decision.undecided(2, FailurePolicy.FAIL_CLOSED, FailureReason.DEADLINE));

    FullHttpResponse response = channel.readOutbound();
    assertThat(response.status().code()).isEqualTo(503);
    assertThat(response.headers().get("Connection")).isEqualTo("close");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aDeniedRequestsContentIsDroppedAndTheNextRequestHeard() {
    DefaultHttpContent content = new DefaultHttpContent(buffer());
    DefaultLastHttpContent last = new DefaultLastHttpContent(buffer());
    channel.writeInbound(head("/a"), content);
    decide("/a", DENY);
    channel.writeInbound(last);

    assertThat(arrived()).isNull();
    assertThat(content.refCnt()).isZero();
    assertThat(last.refCnt()).isZero();
    channel.writeInbound(full("/b"));
    decide("/b", ALLOW);
    assertThat(channel.<HttpRequest>readInbound().uri()).isEqualTo("/b");
  }

  @Test
  void contentComesAfterItsRequest() {
    HttpContent content = new DefaultHttpContent(buffer());
    channel.writeInbound(head("/a"), content);
    decide("/a", ALLOW);

    assertThat(channel.<HttpRequest>readInbound().uri()).isEqualTo("/a");
    assertThat(arrived()).isSameAs(content);
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() {
    channel.writeInbound(full("/a"), full("/b"));
    decide("/a", ALLOW);
    assertThat(decisions).as("the second is not asked about yet").doesNotContainKey("/b");
    channel.readInbound();

    channel.writeOutbound(
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
    assertThat(decisions).as("100 is no answer").doesNotContainKey("/b");
    channel.writeOutbound(response());
    decide("/b", DENY);

    assertThat(channel.<FullHttpResponse>readOutbound().status().code()).isEqualTo(100);
    assertThat(channel.<FullHttpResponse>readOutbound().status().code()).isEqualTo(200);
    assertThat(channel.<FullHttpResponse>readOutbound().status().code()).isEqualTo(429);
  }

  @Test
  void manyPipelinedDenialsTakeNoStack() {
    EmbeddedChannel denying = channel(StubLimiter.always(DENY));
    decisions.clear();
    EmbeddedChannel pending = channel;
    pending.writeInbound(full("/first"));
    for (int i = 0; i < 20_000; i++) {
      denying.writeInbound(full("/x"));
      pending.writeInbound(full("/y"));
    }
    CompletableFuture<Decision> decided = CompletableFuture.completedFuture(DENY);
    decisions.put("/y", decided);
    decide("/first", DENY);

    assertThat(denying.outboundMessages()).hasSize(20_000);
    assertThat(pending.outboundMessages()).hasSize(20_001);
  }

  /** What a slow backend holds up must not pile up here. */
  @Test
  void nothingMoreIsReadWhileUndecided() {
    Reads reads = new Reads();
    EmbeddedChannel watched = new EmbeddedChannel(
        reads,
        new RateLimitHandler(limiting(StubLimiter.deciding(
            key -> decisions.computeIfAbsent(key, k -> new CompletableFuture<>())))));
    watched.writeInbound(full("/a"));
    int before = reads.count;
    watched.read();
    watched.read();
    assertThat(reads.count).isEqualTo(before);

    decisions.get("/a").complete(ALLOW);
    watched.runPendingTasks();
    assertThat(reads.count).isEqualTo(before + 1);
  }

  @Test
  void whatIsHeldWhenTheConnectionEndsIsReleased() {
    DefaultFullHttpRequest first = full("/a");
    DefaultFullHttpRequest second = full("/b");
    channel.writeInbound(first, second);
    channel.close().syncUninterruptibly();
    decide("/a", ALLOW);

    assertThat(first.refCnt()).isZero();
    assertThat(second.refCnt()).isZero();
    assertThat(arrived()).isNull();
  }

  @Test
  void aDelayIsHeldBack() {
    channel.freezeTime();
    channel.writeInbound(full("/a"));
    decide("/a", ALLOW.delayedBy(50_000));
    channel.advanceTimeBy(49_999, TimeUnit.MICROSECONDS);
    channel.runPendingTasks();
    assertThat(arrived()).isNull();

    channel.advanceTimeBy(1, TimeUnit.MICROSECONDS);
    channel.runPendingTasks();
    assertThat(channel.<HttpRequest>readInbound().uri()).isEqualTo("/a");
  }

  @Test
  void fieldsOfOneAnswerAreNotToldInTheNext() {
    channel.writeInbound(full("/a"));
    decide("/a", ALLOW);
    channel.writeOutbound(response(), response());
    channel.readOutbound();

    assertThat(channel.<FullHttpResponse>readOutbound().headers().contains("RateLimit"))
        .isFalse();
  }

  @Test
  void aRealServerAnswersPipelinedRequestsInOrder() throws Exception {
    try (HelloServer server = HelloServer.start(limiting(RateLimiters.inMemory(() -> 0, 10)))) {
      assertThat(server.pipelined("/a", "/a", "/a", "/b"))
          .containsExactly("200 /a", "200 /a", "429", "200 /b");
    }
  }

  private void decide(String key, Decision decision) {
    decisions.computeIfAbsent(key, k -> new CompletableFuture<>()).complete(decision);
    channel.runPendingTasks();
  }

  private @Nullable Object arrived() {
    return channel.readInbound();
  }

  private static EmbeddedChannel channel(StubLimiter limiter) {
    return new EmbeddedChannel(new RateLimitHandler(limiting(limiter)));
  }

  private static RequestLimiter<Incoming> limiting(RateLimiter limiter) {
    return RequestLimiter.of(
        limiter, StubLimiter.POLICY, request -> request.http().uri());
  }

  private static DefaultFullHttpRequest full(String uri) {
    return new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, uri, buffer());
  }

  private static HttpRequest head(String uri) {
    return new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, uri);
  }

  private static ByteBuf buffer() {
    return Unpooled.buffer().writeByte(1);
  }

  private static FullHttpResponse response() {
    return new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
  }
}
