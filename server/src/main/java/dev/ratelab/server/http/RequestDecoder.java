package dev.ratelab.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpConstants;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Netty's decoder of requests, with what the docs promise beyond it: no folded fields, nothing but spaces between the words of the request line and nothing but
 * empty lines before it. It can be paused, and tells how many bytes wait in it.
 */
final class RequestDecoder extends HttpRequestDecoder {
  private static final String PROTOCOL = "HTTP/";
  private static final DecoderResult MALFORMED =
      DecoderResult.failure(new IllegalArgumentException("malformed"));

  private @Nullable ChannelHandlerContext context;
  private @Nullable Object heldEnd;
  private boolean ended;
  private boolean paused;
  private boolean resuming;
  private boolean discarding;
  private boolean decoding;
  private boolean begun;
  private boolean headTaken;
  private int head;
  private int lines;
  private int lastHead;
  private int longestHead;
  private int wordEnd;

  RequestDecoder(ClientLimits limits) {
    super(new HttpDecoderConfig()
        .setMaxInitialLineLength(limits.requestLineBytes())
        .setMaxHeaderSize(limits.headerBytes())
        .setHeadersFactory(RequestFields.FACTORY)
        .setTrailersFactory(RequestFields.FACTORY)
        .setUseRfc9112TransferEncoding(true)
        .setStrictLineParsing(true)
        .setAllowDuplicateContentLengths(false));
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  /** Hands on no more until {@link #resume}. */
  void pause() {
    paused = true;
    resuming = false;
  }

  /** Hands on again, what has waited first. It does so soon, not in this call. */
  void resume() {
    ChannelHandlerContext ctx = context;
    if (!paused || resuming || ctx == null) {
      return;
    }
    if (actualReadableBytes() == 0 && heldEnd == null) {
      paused = false;
    } else {
      resuming = true;
      ctx.executor().execute(() -> goOn(ctx));
    }
  }

  private void goOn(ChannelHandlerContext ctx) {
    if (!resuming || ctx.isRemoved()) {
      return;
    }
    resuming = false;
    paused = false;
    try {
      channelRead(ctx, Unpooled.EMPTY_BUFFER);
      Object end = heldEnd;
      if (!paused && end != null) {
        heldEnd = null;
        super.userEventTriggered(ctx, end);
      }
    } catch (Exception e) {
      ctx.fireExceptionCaught(e);
    }
    ctx.fireChannelReadComplete();
  }

  /** Whatever waits or comes from now on is thrown away. */
  void discard() {
    discarding = true;
    paused = true;
    resume();
  }

  /** Whether the client's side is shut, which may still be to be told. */
  boolean ended() {
    return ended;
  }

  /** Whether a part of a request is here of which not even the head is whole. */
  boolean headArriving() {
    return !discarding && !headTaken && (begun || actualReadableBytes() > 0);
  }

  /** The length of the head that was handed on last. */
  int lastHeadBytes() {
    return lastHead;
  }

  /** The memory that this takes: what waits here, and what has been read of a head or of trailers that are not whole. */
  int bytes() {
    // While it hands on, the buffer is what one read brought; it goes away when all is handed on.
    int waiting = decoding || actualReadableBytes() == 0 ? 0 : internalBuffer().capacity();
    return waiting + RequestMemory.FACTOR * (head + lines) + 2 * longestHead;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    decoding = true;
    try {
      super.channelRead(ctx, message);
    } finally {
      decoding = false;
    }
  }

  /** While it is paused, that nothing is handed on is no reason to read more. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    if (paused) {
      discardSomeReadBytes();
      ctx.fireChannelReadComplete();
    } else {
      super.channelReadComplete(ctx);
    }
  }

  /** The end of what a client sends waits behind what it has sent. */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    boolean end = event instanceof ChannelInputShutdownEvent;
    ended |= end;
    if (end && paused && actualReadableBytes() > 0) {
      heldEnd = event;
    } else {
      super.userEventTriggered(ctx, event);
    }
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    if (discarding) {
      in.skipBytes(in.readableBytes());
    }
    if (paused || discarding || (!begun && !begins(in, out))) {
      return;
    }
    int from = in.readerIndex();
    super.decode(ctx, in, out);
    boolean data = false;
    for (Object each : out) {
      data |= each instanceof HttpContent part && part.content().isReadable();
    }
    if (!data && folded(in, from)) {
      out.clear();
      refuse(in, out);
      return;
    }
    count(in.readerIndex() - from, data);
    for (Object each : out) {
      if (each instanceof HttpObject part && part.decoderResult().isFailure()) {
        discarding = true;
      }
      if (each instanceof HttpRequest) {
        headTaken = true;
        lastHead = head;
        longestHead = Math.max(longestHead, head);
        head = 0;
      }
      if (each instanceof LastHttpContent) {
        begun = false;
        headTaken = false;
        lines = 0;
      }
    }
  }

  private void count(int taken, boolean data) {
    if (!headTaken) {
      head += taken;
    } else {
      // Of what is no data only trailers are kept, which come after it all.
      lines = data ? 0 : lines + taken;
    }
  }

  /** RFC 9112, section 2.2: empty lines before a request are skipped. Nothing else is. */
  private boolean begins(ByteBuf in, List<Object> out) {
    while (in.isReadable()) {
      byte first = in.getByte(in.readerIndex());
      if (first > ' ') {
        begun = true;
        return true;
      }
      if (first == HttpConstants.CR && in.readableBytes() == 1) {
        return false;
      }
      if (first != HttpConstants.CR || in.getByte(in.readerIndex() + 1) != HttpConstants.LF) {
        refuse(in, out);
        return false;
      }
      in.skipBytes(2);
    }
    return false;
  }

  /** Whether one of the lines that were taken begins as only a folded one does. Lines are taken whole. */
  private static boolean folded(ByteBuf in, int from) {
    int to = in.readerIndex();
    int line = from;
    while (line < to) {
      byte first = in.getByte(line);
      if (first == HttpConstants.SP || first == HttpConstants.HT) {
        return true;
      }
      int end = in.indexOf(line, to, HttpConstants.LF);
      line = end < 0 ? to : end + 1;
    }
    return false;
  }

  private void refuse(ByteBuf in, List<Object> out) {
    in.skipBytes(in.readableBytes());
    discarding = true;
    HttpObject refused =
        headTaken ? new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER) : createInvalidMessage();
    refused.setDecoderResult(MALFORMED);
    out.add(refused);
  }

  @Override
  protected String splitFirstWordInitialLine(byte[] line, int start, int length) {
    wordEnd = start + length;
    return super.splitFirstWordInitialLine(line, start, length);
  }

  @Override
  protected String splitSecondWordInitialLine(byte[] line, int start, int length) {
    requireSpaces(line, wordEnd, start);
    wordEnd = start + length;
    return super.splitSecondWordInitialLine(line, start, length);
  }

  @Override
  protected String splitThirdWordInitialLine(byte[] line, int start, int length) {
    requireSpaces(line, wordEnd, start);
    return super.splitThirdWordInitialLine(line, start, length);
  }

  private static void requireSpaces(byte[] line, int from, int to) {
    for (int at = from; at < to; at++) {
      if (line[at] != HttpConstants.SP) {
        throw new IllegalArgumentException("a separator that is no space");
      }
    }
  }

  /** RFC 9112, section 2.3: the name of the protocol is case-sensitive. */
  @Override
  protected HttpMessage createMessage(String[] initialLine) throws Exception {
    if (!initialLine[2].startsWith(PROTOCOL)) {
      throw new IllegalArgumentException("no version of HTTP");
    }
    return super.createMessage(initialLine);
  }
}
