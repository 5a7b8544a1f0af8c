package dev.ratelab.server;

import dev.ratelab.server.telemetry.Dropped;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;

/** Waits for the TLS handshake, then makes way for the protocol that was agreed upon. */
// What becomes of a close comes back as the end of the connection.
@SuppressWarnings("FutureReturnValueIgnored")
final class TlsNegotiation extends ApplicationProtocolNegotiationHandler {
  private final Resources resources;
  private final ServerOptions options;
  private boolean failed;

  TlsNegotiation(Resources resources, ServerOptions options) {
    super(ApplicationProtocolNames.HTTP_1_1);
    this.resources = resources;
    this.options = options;
  }

  @Override
  protected void configurePipeline(ChannelHandlerContext ctx, String protocol) {
    if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
      Protocols.http2(ctx.pipeline(), resources, options);
    } else {
      Protocols.http1(ctx.pipeline(), resources, options);
    }
  }

  @Override
  protected void handshakeFailure(ChannelHandlerContext ctx, Throwable cause) {
    failed(ctx);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event == Drain.NOW) {
      ctx.close();
      return;
    }
    super.userEventTriggered(ctx, event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
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
