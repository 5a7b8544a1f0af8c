package dev.ratelab.server.http;

import dev.ratelab.server.telemetry.Dropped;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for the TLS handshake, then makes way for HTTP. */
// What becomes of a close comes back as the end of the connection.
@SuppressWarnings("FutureReturnValueIgnored")
final class TlsHandshake extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(TlsHandshake.class);

  private final HttpService resources;
  private final ServerOptions options;
  private final RequestMemory memory;
  private boolean failed;

  TlsHandshake(HttpService resources, ServerOptions options, RequestMemory memory) {
    this.resources = resources;
    this.options = options;
    this.memory = memory;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == Drain.NOW || event instanceof ChannelInputShutdownEvent) {
      // Who has left before the handshake asks for nothing.
      ctx.close();
    } else if (event == ConnectionLimit.Spare.NO_MORE) {
      failed = true;
      resources.dropped(Dropped.TOO_MANY);
      Pipeline.cut(ctx.channel());
    } else if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        Pipeline.http(ctx.pipeline(), resources, options, memory);
        ctx.pipeline().remove(this);
      } else {
        failed(ctx);
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof Error || cause.getCause() instanceof Error) {
      LOG.error("a handshake failed", cause);
    }
    failed(ctx);
  }

  /** Others speak whatever they like to our port; that is no news. */
  private void failed(ChannelHandlerContext ctx) {
    if (!failed) {
      failed = true;
      resources.dropped(Dropped.HANDSHAKE);
    }
    ctx.close();
  }
}
