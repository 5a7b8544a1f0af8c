package dev.ratelab.server;

import dev.ratelab.server.telemetry.Dropped;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What belongs to a connection of HTTP/2 as a whole: how it ends. Its requests are {@link Http2Stream}s. */
// What becomes of a write or a close comes back as an event of the connection.
@SuppressWarnings("FutureReturnValueIgnored")
final class Http2Session extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Http2Session.class);

  private final Http2Connection connection;
  private final Resources resources;
  private final ServerOptions options;
  private @Nullable Future<?> idleCheck;
  private @Nullable Future<?> readerCheck;
  private int lastStream;
  private boolean closing;

  Http2Session(Http2Connection connection, Resources resources, ServerOptions options) {
    this.connection = connection;
    this.resources = resources;
    this.options = options;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    long period = options.idleTimeout().toNanos();
    idleCheck = ctx.executor()
        .scheduleAtFixedRate(() -> checkIdle(ctx), period, period, TimeUnit.NANOSECONDS);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    cancel(idleCheck);
    cancel(readerCheck);
  }

  private static void cancel(@Nullable Future<?> check) {
    if (check != null) {
      check.cancel(false);
    }
  }

  /** Ends a connection on which no request was open for a whole period. */
  private void checkIdle(ChannelHandlerContext ctx) {
    int last = connection.remote().lastStreamCreated();
    if (connection.numActiveStreams() == 0 && last == lastStream) {
      ctx.close();
    }
    lastStream = last;
  }

  /** Frames of the connection itself; what has to be done about them is done. */
  @Override
  public void channelRead(ChannelHandlerContext ctx, Object frame) {
    ReferenceCountUtil.release(frame);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      cancel(readerCheck);
      readerCheck = null;
    } else if (readerCheck == null) {
      readerCheck = ctx.executor()
          .schedule(
              () -> {
                resources.dropped(Dropped.SLOW_READER);
                Protocols.cut(ctx.channel());
              },
              options.limits().writeTimeout().toNanos(),
              TimeUnit.NANOSECONDS);
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == Drain.NOW) {
      drain(ctx);
    } else if (event instanceof ChannelInputShutdownEvent) {
      // It neither asks for more nor makes room for answers.
      ctx.close();
    }
    ctx.fireUserEventTriggered(event);
  }

  /** First a word that no more are taken, then, when what was on its way has come, where that ended (RFC 9113, section 6.8). */
  private void drain(ChannelHandlerContext ctx) {
    if (closing) {
      return;
    }
    closing = true;
    ctx.writeAndFlush(
        new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR).setExtraStreamIds(Integer.MAX_VALUE));
    Drain.afterLastCall(ctx, () -> {
      ctx.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
      // Waits for the streams that are open.
      ctx.close();
    });
  }

  /** The codec ends a connection that broke the rules, and says why. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (Http2Exception.class.isInstance(cause) || cause.getCause() instanceof Http2Exception) {
      if (!closing) {
        resources.dropped(Dropped.HTTP2);
      }
      closing = true;
    } else if (!(cause instanceof IOException)) {
      LOG.error("a connection failed", cause);
      ctx.close();
    }
  }
}
