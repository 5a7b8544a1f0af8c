package dev.ratelab.server;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.flush.FlushConsolidationHandler;

/**
 * Where a connection's bytes come in: writes what is answered to one read at once, and knows whether a read brought anything. The
 * handler at the other end sees requests only, not the bytes of one that has not arrived whole.
 */
final class Inbound extends FlushConsolidationHandler {
  private static final int FLUSH_AFTER = 256;

  private boolean brought;

  Inbound() {
    super(FLUSH_AFTER, true);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    brought = true;
    super.channelRead(ctx, message);
  }

  /** Whether bytes have come in since this was asked last. */
  boolean takeBrought() {
    boolean taken = brought;
    brought = false;
    return taken;
  }
}
