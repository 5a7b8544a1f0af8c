package dev.ratelab.embed.netty;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;

/** Counts how often more is wanted from the network. */
final class Reads extends ChannelDuplexHandler {
  int count;

  @Override
  public void read(ChannelHandlerContext ctx) {
    count++;
    ctx.read();
  }
}
