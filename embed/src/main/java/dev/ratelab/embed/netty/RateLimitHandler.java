package dev.ratelab.embed.netty;

import dev.ratelab.embed.RequestLimiter;
import dev.ratelab.embed.Verdict;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * Lets a request on if a limiter admits it, and otherwise answers 429, or 503 where the limiter's backend did not answer and the
 * policy fails closed. The response tells {@code RateLimit-Policy} and {@code RateLimit} either way. Each channel takes one of its
 * own, behind the server's HTTP/1.1 codec, before or behind an aggregator; the limiter is shared.
 *
 * <p>Requests of one connection take turns: the next is asked about when the response to the one before is written, so that
 * pipelined requests get their answers in order. Until then this handler does not read on, and holds what has been read.
 */
public final class RateLimitHandler extends ChannelDuplexHandler {
  private final RequestLimiter<? super Incoming> limiter;

  /** What was read and may not go on yet, the first of it the request that is asked about. */
  private final Queue<Object> held = new ArrayDeque<>();

  private boolean goingOn;
  private boolean deciding;
  private boolean dropping;
  private boolean answered = true;
  private boolean informational;
  private boolean readWanted;
  private Map<String, String> fields = Map.of();

  /** A handler that asks a limiter of any kind. */
  public RateLimitHandler(RequestLimiter<? super Incoming> limiter) {
    this.limiter = limiter;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    held.forEach(ReferenceCountUtil::release);
    held.clear();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    held.add(message);
    goOn(ctx);
  }

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (held.isEmpty()) {
      ctx.read();
    } else {
      readWanted = true;
    }
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (message instanceof HttpResponse response) {
      informational = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
      if (!informational) {
        fields.forEach(response.headers()::add);
      }
    }
    boolean last = message instanceof LastHttpContent && !informational;
    var unused = ctx.write(message, promise);
    if (last) {
      answered = true;
      fields = Map.of();
      // Not from within this write: the next response must not be written before this one is
      // flushed by its writer.
      ctx.executor().execute(() -> goOn(ctx));
    }
  }

  /** Hands on what is held, as far as it may go. */
  private void goOn(ChannelHandlerContext ctx) {
    if (goingOn) {
      return;
    }
    goingOn = true;
    try {
      while (!deciding && !held.isEmpty()) {
        if (!(held.peek() instanceof HttpRequest request)) {
          pass(ctx);
        } else if (answered) {
          ask(ctx, request);
        } else {
          break;
        }
      }
    } finally {
      goingOn = false;
    }
    if (readWanted && held.isEmpty()) {
      readWanted = false;
      ctx.read();
    }
  }

  private void ask(ChannelHandlerContext ctx, HttpRequest request) {
    deciding = true;
    answered = false;
    CompletionStage<Verdict> asked;
    try {
      asked = limiter.checkAsync(new Incoming(ctx.channel(), request));
    } catch (RuntimeException e) {
      // Whoever names the key has failed. Nobody knows whether the request may pass, and the next
      // ones wait for it.
      ctx.fireExceptionCaught(e);
      var unusedToo = ctx.close();
      return;
    }
    var unused = asked.thenAccept(verdict -> {
      if (ctx.executor().inEventLoop() && verdict.delay().isZero()) {
        decided(ctx, request, verdict);
      } else {
        var unusedToo = ctx.executor()
            .schedule(
                () -> decided(ctx, request, verdict),
                verdict.delay().toNanos(),
                TimeUnit.NANOSECONDS);
      }
    });
  }

  private void decided(ChannelHandlerContext ctx, HttpRequest request, Verdict verdict) {
    if (ctx.isRemoved()) {
      return;
    }
    deciding = false;
    dropping = !verdict.allowed();
    if (dropping) {
      answered = true;
      deny(ctx, verdict, HttpUtil.isKeepAlive(request));
    } else {
      fields = verdict.fields();
    }
    pass(ctx);
    goOn(ctx);
  }

  /** Hands on the first message that is held, or drops it with the request that it belongs to. */
  private void pass(ChannelHandlerContext ctx) {
    Object message = held.remove();
    if (dropping) {
      ReferenceCountUtil.release(message);
    } else {
      ctx.fireChannelRead(message);
    }
  }

  private static void deny(ChannelHandlerContext ctx, Verdict verdict, boolean keepAlive) {
    byte[] problem = verdict.problem();
    FullHttpResponse response = new DefaultFullHttpResponse(
        HttpVersion.HTTP_1_1,
        HttpResponseStatus.valueOf(verdict.status()),
        Unpooled.wrappedBuffer(problem));
    verdict.fields().forEach(response.headers()::add);
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, Verdict.PROBLEM_TYPE);
    response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, problem.length);
    HttpUtil.setKeepAlive(response, keepAlive);
    ChannelFuture written = ctx.writeAndFlush(response);
    if (!keepAlive) {
      var unused = written.addListener(ChannelFutureListener.CLOSE);
    }
  }
}
