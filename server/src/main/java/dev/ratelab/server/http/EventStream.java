package dev.ratelab.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;

/**
 * The answer to who asks for the stream of events, as the EventSource of browsers reads it: a refusal, unless the feed takes the connection
 * when this is next in turn. The stream's body ends where the connection does (RFC 9112, section 6.3).
 */
public final class EventStream extends Response {
  /** How long a browser waits before it connects again. */
  private static final String FIRST = "retry: 2000\n\n";

  private final LiveFeed feed;

  public EventStream(LiveFeed feed, Response refusal) {
    super(refusal);
    this.feed = feed;
  }

  /** Begins the stream on a connection. False if the feed is closed: then this is to be sent. */
  @SuppressWarnings(
      "FutureReturnValueIgnored") // What becomes of a write comes back as the connection's end.
  boolean open(ChannelHandlerContext context) {
    if (!feed.join(context.channel())) {
      return false;
    }
    ByteBuf first = context.alloc().ioBuffer();
    new Response(HttpResponseStatus.OK)
        .with(HttpHeaderNames.CONTENT_TYPE, "text/event-stream")
        .with(HttpHeaderNames.CACHE_CONTROL, "no-store")
        .write(first, false, false, false);
    first.writeCharSequence(FIRST, StandardCharsets.US_ASCII);
    context.writeAndFlush(first);
    return true;
  }
}
