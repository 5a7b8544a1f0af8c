package dev.ratelab.server.http;

import dev.ratelab.server.telemetry.Dropped;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.ssl.SslHandler;

/** The handlers of a connection. */
final class Pipeline {
  private static final int FLUSH_AFTER = 256;

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
    channel
        .pipeline()
        // What is answered to one read, or decided at once, goes out with one write.
        .addLast(new FlushConsolidationHandler(FLUSH_AFTER, true))
        .addLast(decoder)
        .addLast(new HttpResponseEncoder())
        .addLast(new Connection(service, options, decoder, memory));
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
    FullHttpResponse answer = service.refusal(RequestRules.tooManyConnections());
    answer
        .headers()
        .set(HttpHeaderNames.DATE, HttpDate.now())
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    channel.config().setAutoRead(false);
    if (tls) {
      var unused = channel.close();
      return;
    }
    channel.pipeline().addLast(new HttpResponseEncoder());
    channel
        .eventLoop()
        .execute(() -> channel.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE));
  }
}
