package dev.ratelab.server.http;

import dev.ratelab.server.telemetry.Dropped;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;

/** The handlers of a connection. */
final class Pipeline {
  private Pipeline() {}

  /** Has a new connection served, over TLS if there is a certificate. */
  static void open(
      Channel channel, HttpService service, ServerOptions options, RequestMemory memory) {
    Tls tls = options.tls();
    if (tls != null) {
      SslHandler handler = tls.context().newHandler(channel.alloc());
      handler.setHandshakeTimeoutMillis(
          Math.max(1, options.limits().handshakeTimeout().toMillis()));
      channel.pipeline().addLast(handler);
    }
    RequestDecoder decoder = new RequestDecoder(options.limits());
    channel.pipeline().addLast(decoder).addLast(new Connection(service, options, decoder, memory));
  }

  /** Closes a connection without waiting for anything. */
  static void cut(Channel channel) {
    ChannelHandlerContext first = channel.pipeline().firstContext();
    var unused = first == null ? channel.close() : first.close();
  }

  /** Closes a connection that is one too many, after a word about it where that needs no handshake. */
  @SuppressWarnings("FutureReturnValueIgnored") // It is closed, whatever becomes of the word.
  static void refuse(Channel channel, HttpService service, Dropped why, boolean tls) {
    service.dropped(why);
    Response answer = service.refusal(Rejection.tooManyConnections());
    channel.config().setAutoRead(false);
    if (tls) {
      var unused = channel.close();
      return;
    }
    ByteBuf last = channel.alloc().ioBuffer();
    answer.write(last, true, false, false);
    channel
        .eventLoop()
        .execute(() -> channel.writeAndFlush(last).addListener(ChannelFutureListener.CLOSE));
  }
}
