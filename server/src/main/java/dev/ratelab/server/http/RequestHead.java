package dev.ratelab.server.http;

import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.function.Supplier;

/**
 * What stands before the body of a request that is well-formed.
 *
 * @param target as it was sent
 * @param headers its fields, which are read when they are asked for
 * @param bytes its length
 * @param bodyBytes the length of its body, or {@link #CHUNKED}
 * @param keepAliveDefault whether a connection of its version stays unless something else is said
 * @param keepAlive whether the connection is to stay
 * @param expectsContinue whether its client sends the body when it is told to go on
 */
record RequestHead(
    HttpMethod method,
    String target,
    Supplier<HttpHeaders> headers,
    int bytes,
    long bodyBytes,
    boolean keepAliveDefault,
    boolean keepAlive,
    boolean expectsContinue) {
  static final long CHUNKED = -1;

  /** Stands for one that has not arrived. */
  static final RequestHead NONE = new RequestHead(
      HttpMethod.GET, "/", () -> EmptyHttpHeaders.INSTANCE, 0, 0, true, true, false);
}
