package dev.ratelab.server;

import dev.ratelab.server.telemetry.Dropped;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.SslHandler;

/** What connections speak: the handlers of each protocol. */
final class Protocols {
  private static final int MAX_RESETS = 200;
  private static final int WINDOW_SECONDS = 30;
  private static final int MAX_CONTROL_FRAMES = 1_000;

  /**
   * Netty's conversion of a head loses the empty buffer that it has made for a body when the head is malformed. On the heap, where it
   * is collected, that is no leak a client could fill the memory with.
   */
  private static final ByteBufAllocator HEAP = new UnpooledByteBufAllocator(false, true);

  private Protocols() {}

  /** Has a new connection speak what its client begins with, over TLS if there is a certificate. */
  static void any(Channel channel, Resources resources, ServerOptions options) {
    Tls tls = options.tls();
    if (tls == null) {
      channel.pipeline().addLast(new PrefaceDetector(resources, options));
      return;
    }
    SslHandler handler = tls.context().newHandler(channel.alloc());
    handler.setHandshakeTimeoutMillis(
        Math.max(1, options.limits().handshakeTimeout().toMillis()));
    channel.pipeline().addLast(handler).addLast(new TlsNegotiation(resources, options));
  }

  /** Has a connection speak HTTP/1.1. */
  static void http1(ChannelPipeline pipeline, Resources resources, ServerOptions options) {
    Inbound inbound = new Inbound();
    pipeline
        .addLast(inbound)
        .addLast(codec(options.limits()))
        .addLast(new Connection(resources, options, inbound));
  }

  /**
   * Has a connection speak HTTP/2. The codec itself ends those that reset streams, send empty frames, small pieces of heads, or what
   * has to be acknowledged in great numbers.
   */
  static void http2(ChannelPipeline pipeline, Resources resources, ServerOptions options) {
    Limits limits = options.limits();
    Http2FrameCodec codec = Http2FrameCodecBuilder.forServer()
        .initialSettings(Http2Settings.defaultSettings()
            .maxConcurrentStreams(limits.streams())
            .maxHeaderListSize(limits.requestLineBytes() + limits.headerBytes()))
        .validateRequiredPseudoHeaders(true)
        .decoderEnforceMaxRstFramesPerWindow(MAX_RESETS, WINDOW_SECONDS)
        .encoderEnforceMaxRstFramesPerWindow(MAX_RESETS, WINDOW_SECONDS)
        .encoderEnforceMaxQueuedControlFrames(MAX_CONTROL_FRAMES)
        .gracefulShutdownTimeoutMillis(options.grace().toMillis())
        .build();
    pipeline
        .addLast(new Inbound())
        .addLast(codec)
        .addLast(new Http2MultiplexHandler(new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel stream) {
            stream.config().setAllocator(HEAP);
            stream
                .pipeline()
                .addLast(new Http2StreamFrameToHttpObjectCodec(true))
                .addLast(new Http2Stream(resources, options));
          }
        }))
        .addLast(new Http2Session(codec.connection(), resources, options));
  }

  /** Closes a connection without waiting for anything. */
  static void cut(Channel channel) {
    ChannelHandlerContext first = channel.pipeline().firstContext();
    var unused = first == null ? channel.close() : first.close();
  }

  /** Closes a connection that is one too many, after a word about it where that needs no handshake. */
  @SuppressWarnings("FutureReturnValueIgnored") // It is closed, whatever becomes of the word.
  static void refuse(Channel channel, Resources resources, Dropped why, boolean tls) {
    resources.dropped(why);
    FullHttpResponse answer = resources.refusal(new Rejection(
        HttpResponseStatus.SERVICE_UNAVAILABLE, "there are too many connections; come back later"));
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

  private static HttpServerCodec codec(Limits limits) {
    HttpDecoderConfig strict = new HttpDecoderConfig()
        .setMaxInitialLineLength(limits.requestLineBytes())
        .setMaxHeaderSize(limits.headerBytes())
        .setHeadersFactory(RequestFields.FACTORY)
        .setUseRfc9112TransferEncoding(true)
        .setStrictLineParsing(true)
        .setAllowDuplicateContentLengths(false);
    // The connection bounds what is unanswered by not reading on. The codec would count what one
    // read brought, and throw away what is over its own bound.
    return new HttpServerCodec(strict, Integer.MAX_VALUE);
  }
}
