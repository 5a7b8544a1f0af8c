package dev.ratelab.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpMethod;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request and, once it is there, its answer. */
final class Exchange {
  private final RequestHead request;
  private RequestState state;
  private long bytes;
  private @Nullable Response answer;

  /** A request whose head is here. What it takes while it is unanswered is counted in bytes. */
  Exchange(RequestHead head, long bytes) {
    request = head;
    this.bytes = bytes;
    state = head.expectsContinue() ? RequestState.EXPECTING : RequestState.ARRIVING;
  }

  /** Stands for a request of which no head has arrived. */
  static Exchange headless() {
    return new Exchange(RequestHead.NONE, 0);
  }

  RequestHead request() {
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

  void write(ByteBuf out, boolean keepAlive) {
    Response made = Objects.requireNonNull(answer, "it is answered");
    on(RequestState.Event.TURN);
    made.write(
        out, !request.method().equals(HttpMethod.HEAD), keepAlive, !request.keepAliveDefault());
  }
}
