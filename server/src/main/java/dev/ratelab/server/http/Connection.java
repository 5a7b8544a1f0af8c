package dev.ratelab.server.http;

import dev.ratelab.server.http.ConnectionState.Event;
import dev.ratelab.server.http.RequestMemory.Holding;
import dev.ratelab.server.telemetry.Dropped;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: collects its requests, has them answered, and sends the answers in the order of the requests,
 * whatever the order in which decisions are made. All of it runs on the connection's event loop.
 *
 * <p>It takes no more requests while too many are unanswered or the client does not read. What it does at all is told by its
 * {@link ConnectionState}.
 */
// What becomes of a write or a close comes back as an event of the connection.
@SuppressWarnings("FutureReturnValueIgnored")
final class Connection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  /** How long a client may go on sending after the last answer. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  /** How long a connection beyond the bound may take to ask. */
  private static final Duration SPARE = Duration.ofMillis(500);

  /** What a request takes while it waits for its answer, in bytes, its body aside. */
  private static final int PENDING_BYTES = 512;

  private static final int ANSWER_HEAD_BYTES = 512;
  private static final int KEPT_BODY_BYTES = 1024;
  private static final String HEALTH = "/health";

  private final HttpService service;
  private final ServerOptions options;
  private final RequestDecoder decoder;
  private final RequestMemory memory;
  private final Holding holding = new Holding(this::giveWaySoon);
  private final RequestQueue unanswered = new RequestQueue();
  private ByteArrayOutputStream body = new ByteArrayOutputStream();
  private ChannelHandlerContext context;
  private Timeouts timeouts;
  private ClientIdentity caller = ClientIdentity.UNKNOWN;
  private ConnectionState state = ConnectionState.NEW;
  /** What one read brings is answered together, with one write to the socket. */
  private boolean reading;

  private long requests;
  /** How often a request became whole or was answered. */
  private long steps;

  private long stepsBefore;
  private long unsent;

  @SuppressWarnings("NullAway.Init") // Netty calls handlerAdded before anything else
  Connection(
      HttpService service, ServerOptions options, RequestDecoder decoder, RequestMemory memory) {
    this.service = service;
    this.options = options;
    this.decoder = decoder;
    this.memory = memory;
  }

  /** Changes the state, and does what each state begins with. */
  private void on(Event event) {
    ConnectionState before = state;
    state = before.on(event);
    if (state == before) {
      return;
    }
    switch (state) {
      case ENDING, CLOSING -> decoder.discard();
      case LINGERING -> {
        shutOutput();
        timeouts.after(LINGER, () -> on(Event.GONE));
        updateReading();
      }
      case STREAMING -> {
        free();
        // It may have been stopped for too many requests; only who reads sees the end.
        updateReading();
      }
      case CLOSED -> {
        if (before == ConnectionState.NEW) {
          service.dropped(Dropped.HANDSHAKE);
        }
        timeouts.cancel();
        context.close();
      }
      default -> {}
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    timeouts = new Timeouts(ctx, options, this::arrivesLate);
    if (ctx.pipeline().get(SslHandler.class) == null) {
      begin();
    }
  }

  private void begin() {
    caller = ClientIdentity.of(context.channel());
    if (context.channel().hasAttr(ConnectionLimit.SPARE)) {
      on(Event.SPARED);
      timeouts.after(SPARE, this::endSpare);
    } else {
      on(Event.ADMITTED);
    }
    timeouts.watchIdle(this::checkIdle);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    on(Event.GONE);
    free();
    ctx.fireChannelInactive();
  }

  /** Keeps nothing of what was asked. */
  private void free() {
    timeouts.cancel();
    unanswered.clear();
    decoder.discard();
    memory.hold(holding, 0, false);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    reading = true;
    EventLoopLag.current().reads(ctx.executor());
    try {
      if (message instanceof HttpRequest head && state.takes()) {
        begin(head);
      }
      Exchange arriving = unanswered.arriving();
      if (message instanceof HttpContent content && arriving != null) {
        receive(arriving, content);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    reading = false;
    endLastCall();
    advance();
    Timeouts.Part part = Timeouts.Part.NOTHING;
    if (unanswered.arriving() != null) {
      part = Timeouts.Part.BODY;
    } else if (state.takes() && decoder.headArriving()) {
      part = Timeouts.Part.HEAD;
    }
    timeouts.watchArrival(part, requests);
    if (!fits(false)) {
      giveWay();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (!state.outsideHttp()) {
      updateReading();
      timeouts.watchReader(() -> {
        service.dropped(Dropped.SLOW_READER);
        on(Event.GONE);
      });
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == Drain.NOW) {
      on(Event.DRAIN);
      endLastCall();
      updateReading();
      Drain.afterLastCall(ctx, () -> leave(Event.LAST_CALL_OVER));
    } else if (event == ConnectionLimit.Spare.NO_MORE) {
      leaveSpare();
    } else if (event instanceof ChannelInputShutdownEvent) {
      // The client sends no more, but may still wait for what it asked. A request cut short is
      // none.
      Exchange arriving = unanswered.arriving();
      if (arriving != null) {
        unanswered.cut(arriving);
        dropBody();
      }
      leave(Event.INPUT_END);
    } else if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (!handshake.isSuccess()) {
        on(Event.GONE);
      } else if (state == ConnectionState.NEW) {
        // Not at a handshake that renews what was agreed upon.
        begin();
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    boolean broken = cause instanceof Error || cause.getCause() instanceof Error;
    // A client that resets its connection is no news, nor one that speaks something else to our
    // port.
    boolean news = !(cause instanceof IOException || cause.getCause() instanceof IOException);
    if (broken || (news && state != ConnectionState.NEW)) {
      LOG.error("a connection failed", cause);
    }
    on(Event.GONE);
  }

  /** What came with the last call is the last that is taken. */
  private void endLastCall() {
    if (state == ConnectionState.LAST_CALL && !unanswered.isEmpty()) {
      on(Event.LAST_REQUEST);
    }
  }

  /** Ends a connection that owes nothing. Answers may still wait for a client that reads slowly. */
  private void leave(Event why) {
    boolean answers = state.answers();
    on(why);
    if (state == ConnectionState.HALF_CLOSED && unanswered.isEmpty()) {
      on(Event.ALL_ANSWERED);
    }
    if (answers && state == ConnectionState.CLOSING) {
      sendLast(Unpooled.EMPTY_BUFFER, 0);
    }
  }

  private void begin(HttpRequest head) {
    // Beyond the bound on connections, one question after the server's health is answered, and
    // nothing else.
    boolean spare = state == ConnectionState.SPARE;
    on(Event.REQUEST);
    requests++;
    Exchange exchange =
        new Exchange(head, PENDING_BYTES + RequestMemory.FACTOR * decoder.lastHeadBytes());
    unanswered.add(exchange);
    Rejection rejection = spare && !head.uri().startsWith(HEALTH)
        ? tooMany()
        : RequestRules.rejection(head, options.maxBodyBytes());
    if (rejection != null) {
      refuse(exchange, rejection);
    } else if (!HttpUtil.isKeepAlive(head)) {
      on(Event.LAST_REQUEST);
    }
  }

  private void endSpare() {
    if (state.answers() && (unanswered.isEmpty() || unanswered.arriving() != null)) {
      refuse(arriving(), tooMany());
    }
  }

  /** Another has come beyond the bound, and this one does not stay even for what it asked. */
  private void leaveSpare() {
    endSpare();
    boolean shakesHands = state == ConnectionState.NEW;
    if (shakesHands || state.answers()) {
      service.dropped(Dropped.TOO_MANY);
    }
    if (shakesHands) {
      // This handshake does not fail by the client, and nothing is said over it.
      state = state.on(Event.GONE);
      Pipeline.cut(context.channel());
    }
    on(Event.GONE);
  }

  private Rejection tooMany() {
    service.dropped(Dropped.TOO_MANY);
    return RequestRules.tooManyConnections();
  }

  private void receive(Exchange exchange, HttpContent content) {
    int length = content.content().readableBytes();
    if (content.decoderResult().isFailure()) {
      Throwable cause = content.decoderResult().cause();
      // The only lines of a body are those before chunks.
      refuse(
          exchange,
          RequestRules.malformed(cause instanceof TooLongHttpLineException ? null : cause));
      return;
    }
    if (length > options.maxBodyBytes() - body.size()) {
      refuse(exchange, RequestRules.tooLarge(options.maxBodyBytes()));
      return;
    }
    if (length > 0) {
      exchange.on(RequestState.Event.GO_ON);
      byte[] bytes = new byte[length];
      content.content().readBytes(bytes);
      body.writeBytes(bytes);
    }
    if (content instanceof LastHttpContent) {
      steps++;
      byte[] whole = body.toByteArray();
      dropBody();
      answer(exchange, whole);
      updateReading();
    }
  }

  /** A connection that rests keeps no large buffer. */
  private void dropBody() {
    if (body.size() > KEPT_BODY_BYTES) {
      body = new ByteArrayOutputStream();
    } else {
      body.reset();
    }
  }

  private void answer(Exchange exchange, byte[] whole) {
    HttpRequest request = exchange.request();
    unanswered.add(exchange, (long) RequestMemory.PENDING_FACTOR * whole.length);
    if (!fits(false)) {
      service.dropped(Dropped.MEMORY);
      refuse(exchange, RequestRules.noMemory());
      return;
    }
    exchange.on(RequestState.Event.WHOLE);
    CompletionStage<FullHttpResponse> answer = service.answer(
        new HttpCall(request.method(), request.uri(), request.headers(), whole, caller));
    var unused = answer.whenComplete((response, failure) -> {
      FullHttpResponse known = failure == null && response != null ? response : broken(failure);
      if (context.executor().inEventLoop()) {
        complete(exchange, known);
      } else {
        context.executor().execute(() -> complete(exchange, known));
      }
    });
  }

  private static FullHttpResponse broken(@Nullable Throwable failure) {
    LOG.error("a request could not be answered", failure);
    return Responses.problem(
        HttpResponseStatus.INTERNAL_SERVER_ERROR, "the server failed; its log tells why");
  }

  /** After this request the connection cannot be trusted to be where the next one begins. */
  private void refuse(Exchange exchange, Rejection why) {
    dropBody();
    on(Event.LAST_REQUEST);
    complete(exchange, service.refusal(why));
    updateReading();
  }

  private void complete(Exchange exchange, FullHttpResponse response) {
    if (!state.answers()) {
      return;
    }
    exchange.answer(response);
    if (response instanceof EventStream) {
      // What comes behind it could only be answered if it were refused, but would be charged
      // before.
      on(Event.LAST_REQUEST);
    }
    if (!reading) {
      advance();
    }
  }

  /** Sends all answers that are next in turn. */
  private void advance() {
    if (!state.answers()) {
      return;
    }
    long size = 0;
    Exchange next = unanswered.first();
    for (; next != null && next.answer() != null; next = unanswered.first()) {
      FullHttpResponse answer = next.answer();
      if (answer instanceof EventStream stream && stream.open(context)) {
        on(Event.STREAM);
        return;
      }
      unanswered.removeFirst();
      steps++;
      size += ANSWER_HEAD_BYTES + answer.content().readableBytes();
      if (!state.takes() && unanswered.isEmpty()) {
        on(Event.ALL_ANSWERED);
        sendLast(next.written(answer, false), size);
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
    updateReading();
    fits(size > 0);
  }

  /** What is written behind all answers is sent when they are. */
  private void awaitSent(long size) {
    unsent += size;
    context.write(Unpooled.EMPTY_BUFFER).addListener(sent -> {
      unsent -= size;
      fits(false);
    });
  }

  private void sendLast(Object last, long size) {
    unsent += size;
    fits(false);
    context.writeAndFlush(last).addListener(sent -> {
      unsent -= size;
      fits(false);
      on(sent.isSuccess() ? Event.SENT : Event.GONE);
    });
  }

  private void shutOutput() {
    DuplexChannel channel = (DuplexChannel) context.channel();
    SslHandler tls = context.pipeline().get(SslHandler.class);
    if (tls == null) {
      channel.shutdownOutput();
    } else {
      tls.closeOutbound().addListener(told -> channel.shutdownOutput());
    }
  }

  /**
   * Tells what this connection takes. False if that is too much, all connections together.
   *
   * @param progress whether an answer was made that is not the last
   */
  private boolean fits(boolean progress) {
    if (state.outsideHttp()) {
      return true;
    }
    long arriving = decoder.bytes() + (long) RequestMemory.FACTOR * body.size();
    return memory.hold(holding, arriving + unanswered.bytes() + unsent, progress);
  }

  private void giveWaySoon() {
    if (context.executor().inEventLoop()) {
      giveWay();
    } else {
      context.executor().execute(this::giveWay);
    }
  }

  /** Others need the memory. What only waits for its decision keeps it: that does not take long, and is charged. */
  private void giveWay() {
    boolean arrives = unanswered.arriving() != null || decoder.headArriving();
    boolean reads = unsent <= RequestMemory.FREE;
    if (state.outsideHttp() || (!arrives && reads && !unanswered.isEmpty())) {
      return;
    }
    service.dropped(Dropped.MEMORY);
    if (arrives && reads) {
      refuse(arriving(), RequestRules.noMemory());
      decoder.discard();
    } else {
      on(Event.GONE);
    }
  }

  /** What is arriving, though perhaps no head of it has. */
  private Exchange arriving() {
    Exchange known = unanswered.arriving();
    if (known != null) {
      return known;
    }
    Exchange headless = Exchange.headless();
    unanswered.add(headless);
    return headless;
  }

  private void arrivesLate(String what, Duration within) {
    if (state.takes() || unanswered.arriving() != null) {
      service.dropped(Dropped.SLOW_SENDER);
      refuse(arriving(), RequestRules.late(what, within));
    }
  }

  private void updateReading() {
    if (state == ConnectionState.CLOSED) {
      return;
    }
    boolean takes = unanswered.arriving() != null || (state.takes() && !unanswered.isFull());
    boolean wanted = !state.answers() || (takes && context.channel().isWritable());
    if (wanted) {
      decoder.resume();
    } else {
      decoder.pause();
    }
    // There is nothing to read behind the end, and epoll fails on it.
    if (!decoder.ended() && context.channel().config().isAutoRead() != wanted) {
      context.channel().config().setAutoRead(wanted);
    }
  }

  /** Ends a connection on which nothing was asked or answered for a whole period, unless a decision is what it waits for. */
  private void checkIdle() {
    boolean arrives = unanswered.arriving() != null;
    boolean idle = steps == stepsBefore && (arrives || unanswered.isEmpty());
    stepsBefore = steps;
    if (idle && arrives) {
      arrivesLate("the request", options.idleTimeout());
    } else if (idle) {
      on(Event.GONE);
    }
  }
}
