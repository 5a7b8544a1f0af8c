package dev.ratelab.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Tells by the first bytes of a connection without TLS whether it speaks HTTP/2, then makes way for what speaks it. */
// What becomes of a close comes back as the end of the connection.
@SuppressWarnings("FutureReturnValueIgnored")
final class PrefaceDetector extends ByteToMessageDecoder {
  private final Resources resources;
  private final ServerOptions options;
  private @Nullable Future<?> idle;
  private boolean draining;

  PrefaceDetector(Resources resources, ServerOptions options) {
    this.resources = resources;
    this.options = options;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    idle = ctx.executor()
        .schedule(() -> ctx.close(), options.idleTimeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) {
    if (idle != null) {
      idle.cancel(false);
    }
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    ByteBuf preface = Http2CodecUtil.connectionPrefaceBuf();
    try {
      int length = Math.min(in.readableBytes(), preface.readableBytes());
      boolean like = ByteBufUtil.equals(in, in.readerIndex(), preface, 0, length);
      if (like && length < preface.readableBytes()) {
        return;
      }
      if (like) {
        Protocols.http2(ctx.pipeline(), resources, options);
      } else {
        Protocols.http1(ctx.pipeline(), resources, options);
      }
    } finally {
      preface.release();
    }
    // Hands on what has been read.
    ctx.pipeline().remove(this);
    if (draining) {
      ctx.pipeline().fireUserEventTriggered(Drain.NOW);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event == Drain.NOW && !draining) {
      draining = true;
      Drain.afterLastCall(ctx, () -> {
        if (!ctx.isRemoved()) {
          ctx.close();
        }
      });
    }
    if (event instanceof ChannelInputShutdownEvent) {
      // It has not asked for anything.
      ctx.close();
    }
    super.userEventTriggered(ctx, event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
