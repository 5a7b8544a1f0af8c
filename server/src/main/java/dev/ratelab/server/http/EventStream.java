package dev.ratelab.server.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;

/**
 * The answer to who asks for the stream of events, as the EventSource of browsers reads it: a refusal, unless the feed takes the connection
 * when this is next in turn. The stream's body ends where the connection does (RFC 9112, section 6.3).
 */
public final class EventStream extends DefaultFullHttpResponse {
  /** How long a browser waits before it connects again. */
  private static final String FIRST = "retry: 2000\n\n";

  private final LiveFeed feed;

  public EventStream(LiveFeed feed, FullHttpResponse refusal) {
    super(
        refusal.protocolVersion(),
        refusal.status(),
        refusal.content(),
        refusal.headers(),
        refusal.trailingHeaders());
    this.feed = feed;
  }

  /** Begins the stream on a connection. False if the feed is closed: then this is to be sent. */
  @SuppressWarnings(
      "FutureReturnValueIgnored") // What becomes of a write comes back as the connection's end.
  boolean open(ChannelHandlerContext context) {
    if (!feed.join(context.channel())) {
      return false;
    }
    release();
    HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream")
        .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
        .set(HttpHeaderNames.DATE, HttpDate.now())
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    context.write(head);
    context.writeAndFlush(
        new DefaultHttpContent(Unpooled.copiedBuffer(FIRST, StandardCharsets.UTF_8)));
    return true;
  }
}
