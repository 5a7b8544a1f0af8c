package dev.ratelab.server.http;

import dev.ratelab.server.http.ConnectionState.Event;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslHandler;

/** Sends one connection's answers in the order of their requests, whatever the order in which they are made. */
// What becomes of a write comes back as an event of the connection.
@SuppressWarnings("FutureReturnValueIgnored")
final class AnswerSender {
  private static final int HEAD_BYTES = 512;

  private final Connection connection;
  private final ChannelHandlerContext context;
  private final RequestQueue unanswered;
  private long unsent;

  AnswerSender(Connection connection, ChannelHandlerContext context, RequestQueue unanswered) {
    this.connection = connection;
    this.context = context;
    this.unanswered = unanswered;
  }

  /** What the answers take that are written and not sent, in bytes. */
  long unsent() {
    return unsent;
  }

  /** Sends all answers that are next in turn. */
  void advance() {
    if (!connection.state().answers()) {
      return;
    }
    long size = 0;
    Exchange next = unanswered.first();
    for (; next != null && next.answer() != null; next = unanswered.first()) {
      FullHttpResponse answer = next.answer();
      if (answer instanceof EventStream stream && stream.open(context)) {
        connection.on(Event.STREAM);
        return;
      }
      unanswered.removeFirst();
      connection.progresses();
      size += HEAD_BYTES + answer.content().readableBytes();
      if (!connection.state().takes() && unanswered.isEmpty()) {
        connection.on(Event.ALL_ANSWERED);
        last(next.written(answer, false), size);
        return;
      }
      context.write(next.written(answer, true), context.voidPromise());
    }
    if (size > 0) {
      awaitSent(size);
    }
    if (next != null && next.state() == RequestState.EXPECTING) {
      next.on(RequestState.Event.GO_ON);
      context.write(
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER),
          context.voidPromise());
    }
    context.flush();
    connection.updateReading();
    connection.fits(size > 0);
  }

  /** What is written behind all answers is sent when they are. */
  private void awaitSent(long size) {
    unsent += size;
    context.write(Unpooled.EMPTY_BUFFER).addListener(sent -> {
      unsent -= size;
      connection.fits(false);
    });
  }

  /** Sends what is the last of all, which takes so many bytes. */
  void last(Object last, long size) {
    unsent += size;
    connection.fits(false);
    context.writeAndFlush(last).addListener(sent -> {
      unsent -= size;
      connection.fits(false);
      connection.on(sent.isSuccess() ? Event.SENT : Event.GONE);
    });
  }

  /** Tells the client that nothing more is sent. */
  void shut() {
    DuplexChannel channel = (DuplexChannel) context.channel();
    SslHandler tls = context.pipeline().get(SslHandler.class);
    if (tls == null) {
      channel.shutdownOutput();
    } else {
      tls.closeOutbound().addListener(told -> channel.shutdownOutput());
    }
  }
}
