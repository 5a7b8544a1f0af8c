package dev.ratelab.server;

import dev.ratelab.server.telemetry.Dropped;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request over HTTP/2 and its answer. The codec has checked its head against RFC 9113, section 8. */
// What becomes of a write or a close comes back as an event of the stream.
@SuppressWarnings("FutureReturnValueIgnored")
final class Http2Stream extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Http2Stream.class);

  private final Resources resources;
  private final ServerOptions options;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();
  private @Nullable HttpRequest head;
  private @Nullable Future<?> timer;
  private boolean whole;
  private boolean answered;

  Http2Stream(Resources resources, ServerOptions options) {
    this.resources = resources;
    this.options = options;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    Round.current().reads(ctx.executor());
    try {
      if (message instanceof HttpRequest request && head == null) {
        begin(ctx, request);
      }
      if (message instanceof HttpContent content && head != null) {
        receive(ctx, head, content);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    handlerRemoved(ctx);
    answered = true;
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (timer != null) {
      timer.cancel(false);
    }
  }

  /** The client has broken this request, or we have; either way not the connection. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    boolean theirs = cause instanceof DecoderException || cause instanceof Http2Exception;
    if (!theirs && !(cause instanceof IOException)) {
      LOG.error("a request failed", cause);
    }
    ctx.writeAndFlush(new DefaultHttp2ResetFrame(
            theirs ? Http2Error.PROTOCOL_ERROR : Http2Error.INTERNAL_ERROR))
        .addListener(ChannelFutureListener.CLOSE);
  }

  private void begin(ChannelHandlerContext ctx, HttpRequest request) {
    head = request;
    Rejection rejection = rejection(request);
    if (rejection != null) {
      refuse(ctx, request, rejection);
      return;
    }
    if (request instanceof LastHttpContent) {
      return;
    }
    if (HttpUtil.is100ContinueExpected(request)) {
      ctx.writeAndFlush(new DefaultFullHttpResponse(
          HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
    }
    timer = ctx.executor()
        .schedule(
            () -> {
              resources.dropped(Dropped.SLOW_SENDER);
              refuse(
                  ctx,
                  request,
                  new Rejection(
                      HttpResponseStatus.REQUEST_TIMEOUT,
                      "the request's body did not arrive within %s"
                          .formatted(DurationConverter.text(options.limits().bodyTimeout()))));
            },
            options.limits().bodyTimeout().toNanos(),
            TimeUnit.NANOSECONDS);
  }

  private @Nullable Rejection rejection(HttpRequest request) {
    if (!Connection.visible(request.uri())) {
      return Connection.malformed(null);
    }
    String expect = request.headers().get(HttpHeaderNames.EXPECT);
    if (expect != null && !HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expect)) {
      return Connection.unexpected();
    }
    return HttpUtil.getContentLength(request, 0L) > options.maxBodyBytes()
        ? Connection.tooLarge(options)
        : null;
  }

  private void receive(ChannelHandlerContext ctx, HttpRequest request, HttpContent content) {
    if (answered) {
      return;
    }
    int length = content.content().readableBytes();
    if (length > options.maxBodyBytes() - body.size()) {
      refuse(ctx, request, Connection.tooLarge(options));
      return;
    }
    body.writeBytes(Connection.bytes(content));
    if (content instanceof LastHttpContent) {
      whole = true;
      handlerRemoved(ctx);
      answer(ctx, request);
    }
  }

  private void answer(ChannelHandlerContext ctx, HttpRequest request) {
    CompletionStage<FullHttpResponse> answer = resources.answer(new HttpCall(
        request.method(),
        request.uri(),
        request.headers(),
        body.toByteArray(),
        Caller.of(ctx.channel().parent())));
    var unused = answer.whenComplete((response, failure) -> {
      FullHttpResponse known =
          failure == null && response != null ? response : Connection.broken(failure);
      if (ctx.executor().inEventLoop()) {
        send(ctx, request, known);
      } else {
        ctx.executor().execute(() -> send(ctx, request, known));
      }
    });
  }

  private void refuse(ChannelHandlerContext ctx, HttpRequest request, Rejection why) {
    handlerRemoved(ctx);
    send(ctx, request, resources.refusal(why));
  }

  private void send(ChannelHandlerContext ctx, HttpRequest request, FullHttpResponse response) {
    if (answered || (response instanceof EventStream.Opening stream && stream.open(ctx))) {
      return;
    }
    answered = true;
    response.headers().set(HttpHeaderNames.DATE, HttpDate.now());
    FullHttpResponse shown = request.method().equals(HttpMethod.HEAD)
        ? response.replace(Unpooled.EMPTY_BUFFER)
        : response;
    ChannelFuture sent = ctx.writeAndFlush(shown);
    if (!whole) {
      // It need not send the rest (RFC 9113, section 8.1).
      sent.addListener(done -> ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR)));
    }
    if (!sent.isDone()) {
      awaitSent(ctx, sent);
    }
  }

  /** A client that gives no room for an answer would keep it here for ever. */
  private void awaitSent(ChannelHandlerContext ctx, ChannelFuture sent) {
    Future<?> late = ctx.executor()
        .schedule(
            () -> {
              resources.dropped(Dropped.SLOW_READER);
              ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL));
            },
            options.limits().writeTimeout().toNanos(),
            TimeUnit.NANOSECONDS);
    sent.addListener(done -> late.cancel(false));
  }
}
