package dev.ratelab.server.http;

import dev.ratelab.server.http.ConnectionState.Event;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Sends one connection's answers in the order of their requests, whatever the order in which they are made. All that are there go
 * out with one write.
 */
// What becomes of a write comes back as an event of the connection.
@SuppressWarnings("FutureReturnValueIgnored")
final class AnswerSender {
  /** What one buffer holds, unless one answer is longer. */
  private static final int BUFFER_BYTES = 1 << 16;

  private static final int ANSWER_BYTES = 512;
  private static final ByteBuf GO_ON = Unpooled.unreleasableBuffer(
      Unpooled.copiedBuffer("HTTP/1.1 100 Continue\r\n\r\n", StandardCharsets.US_ASCII));

  private final Connection connection;
  private final ChannelHandlerContext context;
  private final RequestQueue unanswered;
  private long unsent;
  private boolean soon;

  AnswerSender(Connection connection, ChannelHandlerContext context, RequestQueue unanswered) {
    this.connection = connection;
    this.context = context;
    this.unanswered = unanswered;
  }

  /** What the answers take that are written and not sent, in bytes. */
  long unsent() {
    return unsent;
  }

  /** Does so when what runs now is done, with what is answered until then. */
  void advanceSoon() {
    if (!soon) {
      soon = true;
      context.executor().execute(() -> {
        soon = false;
        advance();
      });
    }
  }

  void advance() {
    if (!connection.state().answers()) {
      return;
    }
    ByteBuf out = null;
    Exchange next = unanswered.first();
    for (; next != null && next.answer() != null; next = unanswered.first()) {
      if (next.answer() instanceof EventStream stream) {
        send(out);
        out = null;
        if (stream.open(context)) {
          connection.on(Event.STREAM);
          return;
        }
      }
      unanswered.removeFirst();
      connection.progresses();
      boolean last = !connection.state().takes() && unanswered.isEmpty();
      out = out == null ? context.alloc().ioBuffer(ANSWER_BYTES) : out;
      next.write(out, !last);
      if (last) {
        connection.on(Event.ALL_ANSWERED);
        last(out);
        return;
      }
      if (out.readableBytes() >= BUFFER_BYTES) {
        send(out);
        out = null;
      }
    }
    boolean answered = out != null;
    if (next != null && next.state() == RequestState.EXPECTING) {
      next.on(RequestState.Event.GO_ON);
      out = out == null ? context.alloc().ioBuffer(ANSWER_BYTES) : out;
      out.writeBytes(GO_ON.duplicate());
    }
    send(out);
    connection.updateReading();
    connection.fits(answered);
  }

  private void send(@Nullable ByteBuf out) {
    if (out == null) {
      return;
    }
    long size = out.readableBytes();
    ChannelFuture sent = context.writeAndFlush(out);
    if (!sent.isDone()) {
      unsent += size;
      sent.addListener(done -> {
        unsent -= size;
        connection.fits(false);
      });
    }
  }

  /** Sends what is the last of all. */
  void last(ByteBuf last) {
    long size = last.readableBytes();
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
