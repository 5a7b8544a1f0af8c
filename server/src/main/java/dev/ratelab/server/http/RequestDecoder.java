package dev.ratelab.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.HttpConstants;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what a client sends into requests. It hands on a {@link RequestHead}, the parts of the body as arrays of bytes and {@link #END}; or
 * a {@link Rejection}, and then throws all away that follows. It can be paused, and tells how many bytes wait in it.
 */
final class RequestDecoder extends ByteToMessageDecoder {
  /** A request is whole. */
  static final Object END = new Object();

  private static final short CRLF = HttpConstants.CR << 8 | HttpConstants.LF;

  private enum Part {
    START,
    LINE,
    FIELDS,
    BODY,
    CHUNK_SIZE,
    CHUNK,
    CHUNK_END,
    TRAILERS
  }

  private final ClientLimits limits;
  private @Nullable ChannelHandlerContext context;
  private @Nullable Object heldEnd;
  private boolean ended;
  private boolean paused;
  private boolean resuming;
  private boolean discarding;
  private boolean decoding;
  private Part part = Part.START;
  /** Of the head or the trailers that are read. */
  private HeadReader reader;
  /** What is to come of the body or the chunk, in bytes. */
  private long rest;

  RequestDecoder(ClientLimits limits) {
    this.limits = limits;
    reader = new HeadReader(limits);
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
    return !discarding
        && part.compareTo(Part.FIELDS) <= 0
        && (part != Part.START || actualReadableBytes() > 0);
  }

  /** The memory that this takes: what waits here, and what has been read of a head or of trailers that are not whole. */
  int bytes() {
    // While it hands on, the buffer is what one read brought; it goes away when all is handed on.
    int waiting = decoding || actualReadableBytes() == 0 ? 0 : internalBuffer().capacity();
    return waiting + RequestMemory.FACTOR * reader.length();
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
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (discarding) {
      in.skipBytes(in.readableBytes());
    }
    if (paused || discarding) {
      return;
    }
    try {
      Part before;
      do {
        before = part;
        part = next(in, out);
      } while (part != before && part != Part.START);
    } catch (Rejection refusal) {
      in.skipBytes(in.readableBytes());
      discarding = true;
      out.add(refusal);
    }
  }

  /** Takes one part if it is whole; what follows is the part that is returned. */
  private Part next(ByteBuf in, List<Object> out) {
    return switch (part) {
      case START -> begins(in) ? Part.LINE : Part.START;
      case LINE -> reader.requestLine(in) ? Part.FIELDS : Part.LINE;
      case FIELDS -> headIsWhole(in) ? body(out) : Part.FIELDS;
      case BODY -> took(in, out) ? end(out) : Part.BODY;
      case CHUNK_SIZE -> chunk(in);
      case CHUNK -> took(in, out) ? Part.CHUNK_END : Part.CHUNK;
      case CHUNK_END -> chunkEnds(in) ? Part.CHUNK_SIZE : Part.CHUNK_END;
      case TRAILERS -> trailersAreWhole(in) ? end(out) : Part.TRAILERS;
    };
  }

  /** RFC 9112, section 2.2: empty lines before a request are skipped. Nothing else is. */
  private static boolean begins(ByteBuf in) {
    while (in.isReadable()) {
      byte first = in.getByte(in.readerIndex());
      if (first > ' ') {
        return true;
      }
      if (first == HttpConstants.CR && in.readableBytes() == 1) {
        return false;
      }
      require(first == HttpConstants.CR && in.getByte(in.readerIndex() + 1) == HttpConstants.LF);
      in.skipBytes(2);
    }
    return false;
  }

  private boolean headIsWhole(ByteBuf in) {
    int size = reader.field(in);
    while (size > 0) {
      size = reader.field(in);
    }
    return size == 0;
  }

  private boolean trailersAreWhole(ByteBuf in) {
    boolean whole = headIsWhole(in);
    if (whole) {
      reader = new HeadReader(limits);
    }
    return whole;
  }

  private Part body(List<Object> out) {
    RequestHead head = reader.head();
    reader = new HeadReader(limits);
    out.add(head);
    if (head.bodyBytes() == RequestHead.CHUNKED) {
      return Part.CHUNK_SIZE;
    }
    rest = head.bodyBytes();
    return rest == 0 ? end(out) : Part.BODY;
  }

  /** Takes what is there of the body or the chunk. Whether that is the end of it. */
  private boolean took(ByteBuf in, List<Object> out) {
    int length = (int) Math.min(rest, in.readableBytes());
    if (length > 0) {
      byte[] bytes = new byte[length];
      in.readBytes(bytes);
      out.add(bytes);
      rest -= length;
    }
    return rest == 0;
  }

  private Part chunk(ByteBuf in) {
    String line = reader.line(in);
    if (line == null) {
      return Part.CHUNK_SIZE;
    }
    rest = chunkSize(line);
    return rest == 0 ? Part.TRAILERS : Part.CHUNK;
  }

  /** RFC 9112, section 7.1: a size in hexadecimal, and extensions, of which only the form is looked at. */
  private static int chunkSize(String line) {
    long size = 0;
    int at = 0;
    for (; at < line.length() && Character.digit(line.charAt(at), 16) >= 0; at++) {
      size = 16 * size + Character.digit(line.charAt(at), 16);
      require(size <= Integer.MAX_VALUE);
    }
    require(at > 0);
    String extensions = line.substring(at);
    require(extensions.isEmpty() || extensions.stripLeading().startsWith(";"));
    boolean quoted = false;
    boolean escaped = false;
    for (int i = 0; i < extensions.length(); i++) {
      char each = extensions.charAt(i);
      require(each == HttpConstants.HT || (each >= ' ' && each != HeadReader.DELETE));
      quoted ^= each == '"' && !escaped;
      escaped = quoted && !escaped && each == '\\';
    }
    require(!quoted);
    return (int) size;
  }

  private static void require(boolean wellFormed) {
    if (!wellFormed) {
      throw Rejection.malformed();
    }
  }

  private static boolean chunkEnds(ByteBuf in) {
    if (in.readableBytes() < 2) {
      return false;
    }
    require(in.readShort() == CRLF);
    return true;
  }

  private Part end(List<Object> out) {
    out.add(END);
    return Part.START;
  }
}
