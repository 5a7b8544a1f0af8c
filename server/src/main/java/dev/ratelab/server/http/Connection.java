package dev.ratelab.server.http;

import dev.ratelab.server.http.ConnectionState.Event;
import dev.ratelab.server.http.RequestMemory.Holding;
import dev.ratelab.server.telemetry.Dropped;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: what Netty tells of it becomes an event of its {@link ConnectionState}, and here is done what each state demands.
 * All of it runs on the connection's event loop.
 *
 * <p>It takes no more requests while too many are unanswered or the client does not read.
 */
// What becomes of a write or a close comes back as an event of the connection.
@SuppressWarnings("FutureReturnValueIgnored")
final class Connection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  /** How long a client may go on sending after the last answer. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  /** How long a connection beyond the bound may take to ask. */
  private static final Duration SPARE = Duration.ofMillis(500);

  /** How long an idle connection still takes a request that was on its way when the server began to close. */
  static final Duration LAST_CALL = Duration.ofMillis(200);

  private final HttpService service;
  private final ServerOptions options;
  private final RequestDecoder decoder;
  private final RequestMemory memory;
  private final Holding holding = new Holding(this::giveWaySoon);
  private final RequestQueue unanswered = new RequestQueue();
  private ChannelHandlerContext context;
  private RequestReceiver receiver;
  private AnswerSender sender;
  private Timeouts timeouts;
  private @Nullable String certified;
  private ConnectionState state = ConnectionState.NEW;
  /** What one read brings is answered together, with one write to the socket. */
  private boolean reading;
  /** How often a request became whole or was answered, and how often when it was last looked whether the connection is idle. */
  private long progress;

  private long progressBefore;

  @SuppressWarnings("NullAway.Init") // Netty calls handlerAdded before anything else
  Connection(
      HttpService service, ServerOptions options, RequestDecoder decoder, RequestMemory memory) {
    this.service = service;
    this.options = options;
    this.decoder = decoder;
    this.memory = memory;
  }

  /** What the server tells a connection, as an event of Netty's. */
  enum Notice {
    /** The server is about to close: answer what was read, and end. */
    DRAIN,
    /** Another has taken the place of this one, which was beyond the bound. */
    GIVE_WAY
  }

  ConnectionState state() {
    return state;
  }

  @Nullable
  String certified() {
    return certified;
  }

  /** A request has become whole, or is answered. */
  void progresses() {
    progress++;
  }

  /** Changes the state, and does what each state begins with. */
  void on(Event event) {
    ConnectionState before = state;
    state = before.on(event);
    if (state == before) {
      return;
    }
    switch (state) {
      case ENDING, CLOSING -> decoder.discard();
      case LINGERING -> {
        sender.shut();
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
    sender = new AnswerSender(this, ctx, unanswered);
    receiver = new RequestReceiver(this, ctx, unanswered, service, options.maxBodyBytes());
    if (ctx.pipeline().get(SslHandler.class) == null) {
      begin();
    }
  }

  private void begin() {
    certified = Tls.certified(context.channel());
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

  private void free() {
    timeouts.cancel();
    unanswered.clear();
    decoder.discard();
    memory.hold(holding, 0, false);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    reading = true;
    if (message != RequestDecoder.END) {
      EventLoopLag.current().reads(ctx.executor());
    }
    if (message instanceof RequestHead head) {
      if (state.takes()) {
        receiver.begin(head);
      }
    } else if (message instanceof Rejection refusal) {
      if (state.takes() || unanswered.arriving() != null) {
        receiver.refuse(refusal);
      }
    } else if (state.answers()) {
      receiver.receive(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    reading = false;
    endLastCall();
    sender.advance();
    Timeouts.Part part = Timeouts.Part.NOTHING;
    if (unanswered.arriving() != null) {
      part = Timeouts.Part.BODY;
    } else if (state.takes() && decoder.headArriving()) {
      part = Timeouts.Part.HEAD;
    }
    timeouts.watchArrival(part, receiver.heads());
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
    if (event == Notice.DRAIN) {
      on(Event.DRAIN);
      endLastCall();
      updateReading();
      timeouts.after(LAST_CALL, () -> leave(Event.LAST_CALL_OVER));
    } else if (event == Notice.GIVE_WAY) {
      leaveSpare();
    } else if (event instanceof ChannelInputShutdownEvent) {
      // The client may still wait for what it asked.
      receiver.cut();
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
      sender.last(Unpooled.EMPTY_BUFFER);
    }
  }

  private void endSpare() {
    if (state.answers() && (unanswered.isEmpty() || unanswered.arriving() != null)) {
      receiver.refuseArriving(Dropped.TOO_MANY, Rejection.tooManyConnections());
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

  /** Its answer is made. While something is read, all that are made then are sent at its end. */
  void complete(Exchange exchange, Response response) {
    if (answered(exchange, response) && !reading) {
      sender.advance();
    }
  }

  /** Its answer is made after it was read: it is sent with those that are made just now, too. */
  void completeLate(Exchange exchange, Response response) {
    if (answered(exchange, response) && !reading) {
      sender.advanceSoon();
    }
  }

  private boolean answered(Exchange exchange, Response response) {
    if (!state.answers()) {
      return false;
    }
    exchange.answer(response);
    if (response instanceof EventStream) {
      // What comes behind it could only be answered if it were refused, but would be charged
      // before.
      on(Event.LAST_REQUEST);
    }
    return true;
  }

  /** Tells what this connection takes, and whether an answer was made that is not the last. False if all connections take too much. */
  boolean fits(boolean answered) {
    return state.outsideHttp() || memory.hold(holding, bytes(), answered);
  }

  private long bytes() {
    return decoder.bytes() + receiver.bytes() + unanswered.bytes() + sender.unsent();
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
    boolean reads = sender.unsent() <= RequestMemory.FREE;
    if (state.outsideHttp() || (!arrives && reads && !unanswered.isEmpty())) {
      return;
    }
    if (arrives && reads) {
      receiver.refuseArriving(Dropped.MEMORY, Rejection.noMemory());
      decoder.discard();
    } else {
      service.dropped(Dropped.MEMORY);
      on(Event.GONE);
    }
  }

  private void arrivesLate(String what, Duration within) {
    if (state.takes() || unanswered.arriving() != null) {
      receiver.refuseArriving(Dropped.SLOW_SENDER, Rejection.late(what, within));
    }
  }

  /** Reads on, or waits until answers are made and read. */
  void updateReading() {
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
    // Once the client has shut its side, epoll fails on a request to read on.
    if (!decoder.ended() && context.channel().config().isAutoRead() != wanted) {
      context.channel().config().setAutoRead(wanted);
    }
  }

  /** Ends a connection on which nothing was asked or answered for a whole period, unless a decision is what it waits for. */
  private void checkIdle() {
    boolean arrives = unanswered.arriving() != null;
    boolean idle = progress == progressBefore && (arrives || unanswered.isEmpty());
    progressBefore = progress;
    if (idle && arrives) {
      arrivesLate("the request", options.idleTimeout());
    } else if (idle) {
      on(Event.GONE);
    }
  }
}
