package dev.ratelab.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request and, once it is there, its answer. */
final class Exchange {
  private static final HttpRequest NO_HEAD =
      new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");

  private final HttpRequest request;
  private RequestState state;
  private long bytes;
  private @Nullable Response answer;

  /** A request whose head is here. What it takes while it is unanswered is counted in bytes. */
  Exchange(HttpRequest head, long bytes) {
    request = head;
    this.bytes = bytes;
    state = HttpUtil.is100ContinueExpected(head) ? RequestState.EXPECTING : RequestState.ARRIVING;
  }

  /** Stands for a request of which no head has arrived. */
  static Exchange headless() {
    return new Exchange(NO_HEAD, 0);
  }

  HttpRequest request() {
    return request;
  }

  RequestState state() {
    return state;
  }

  void on(RequestState.Event event) {
    state = state.on(event);
  }

  void answer(Response made) {
    on(RequestState.Event.ANSWER);
    answer = made;
  }

  @Nullable
  Response answer() {
    return answer;
  }

  long bytes() {
    return bytes;
  }

  void add(long more) {
    bytes += more;
  }

  /** Writes its answer. */
  void write(ByteBuf out, boolean keepAlive) {
    Response made = Objects.requireNonNull(answer, "it is answered");
    on(RequestState.Event.TURN);
    made.write(
        out,
        !request.method().equals(HttpMethod.HEAD),
        keepAlive,
        !request.protocolVersion().isKeepAliveDefault());
  }
}
