package dev.ratelab.server.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/** A request and, once it is there, its answer. */
final class Exchange {
  private static final HttpRequest NO_HEAD =
      new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");

  private final HttpRequest request;
  private RequestState state;
  private long bytes;
  private @Nullable FullHttpResponse answer;

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

  void answer(FullHttpResponse made) {
    on(RequestState.Event.ANSWER);
    answer = made;
  }

  @Nullable
  FullHttpResponse answer() {
    return answer;
  }

  long bytes() {
    return bytes;
  }

  void add(long more) {
    bytes += more;
  }

  /** Its answer as it is written: dated, without a body for HEAD, and telling whether the connection stays. */
  FullHttpResponse written(FullHttpResponse made, boolean keepAlive) {
    on(RequestState.Event.TURN);
    FullHttpResponse whole =
        request.method().equals(HttpMethod.HEAD) ? made.replace(Unpooled.EMPTY_BUFFER) : made;
    whole.headers().set(HttpHeaderNames.DATE, HttpDate.now());
    // We always speak HTTP/1.1, where closing must be said; who spoke 1.0 must be told of the
    // opposite.
    if (!keepAlive) {
      whole.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (!request.protocolVersion().isKeepAliveDefault()) {
      whole.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
    return whole;
  }
}
