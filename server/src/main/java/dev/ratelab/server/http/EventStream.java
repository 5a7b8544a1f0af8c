package dev.ratelab.server.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that sends events and takes no more requests, as the EventSource of browsers reads them. Its body ends where the
 * connection does (RFC 9112, section 6.3).
 */
// What becomes of a write comes back as the end of the connection.
@SuppressWarnings("FutureReturnValueIgnored")
public final class EventStream extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);

  /** How long a browser waits before it connects again. */
  private static final String FIRST = "retry: 2000\n\n";

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    head.headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream")
        .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
        .set(HttpHeaderNames.DATE, HttpDate.now())
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    ctx.write(head);
    ctx.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer(FIRST, StandardCharsets.UTF_8)));
    // It may have been stopped for too many requests; only who reads sees the end.
    ctx.channel().config().setAutoRead(true);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      ctx.close();
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // Its reader has gone, unless the fault is ours.
    if (cause instanceof Error) {
      LOG.error("a connection failed", cause);
    }
    ctx.close();
  }

  /** The answer to who asks for the stream: a refusal, unless the feed takes the connection when this is next in turn. */
  public static final class Opening extends DefaultFullHttpResponse {
    private final LiveFeed feed;

    public Opening(LiveFeed feed, FullHttpResponse refusal) {
      super(
          refusal.protocolVersion(),
          refusal.status(),
          refusal.content(),
          refusal.headers(),
          refusal.trailingHeaders());
      this.feed = feed;
    }

    /** Makes a connection a stream, in a handler's place. False if the feed is closed: then this is to be sent. */
    boolean open(ChannelHandlerContext ctx) {
      if (!feed.join(ctx.channel())) {
        return false;
      }
      release();
      ctx.pipeline().replace(ctx.handler(), "events", new EventStream());
      return true;
    }
  }
}
