package dev.ratelab.server.http;

import dev.ratelab.server.http.RequestMemory.Holding;
import dev.ratelab.server.telemetry.Dropped;
import dev.ratelab.server.telemetry.LoggedTask;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpRequest;
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
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: collects its requests, has them answered, and sends the answers in the order of the requests,
 * whatever the order in which decisions are made. All of it runs on the connection's event loop.
 *
 * <p>It takes no more requests while too many are unanswered or the client does not read.
 */
// What becomes of a write or a close comes back as an event of the connection.
@SuppressWarnings("FutureReturnValueIgnored")
final class Connection extends ChannelDuplexHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
  private static final int MAX_UNANSWERED = 128;

  /**
   * How long a client may go on sending after the last answer. Closing at once would reset the connection, and the client could
   * lose the answer (RFC 9112, section 9.6).
   */
  private static final long LINGER_MILLIS = 1_000;

  /** What a request takes while it waits for its answer, in bytes, its body aside. */
  private static final int PENDING_BYTES = 512;

  private static final int ANSWER_HEAD_BYTES = 512;
  private static final int KEPT_BODY_BYTES = 1024;
  /** How long a connection beyond the bound may take to ask. */
  private static final long SPARE_MILLIS = 500;

  private static final String HEALTH = "/health";
  private static final char DELETE = 0x7f;
  private static final String HOST_MARKS = "-._~%!$&'()*+;=:[]";

  /** Stands for a request of which no head has arrived. */
  private static final HttpRequest NO_HEAD =
      new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");

  private final HttpService resources;
  private final ServerOptions options;
  private final RequestDecoder decoder;
  private final RequestMemory memory;
  private final Holding holding = new Holding(this::giveWaySoon);
  private final Deque<Exchange> unanswered = new ArrayDeque<>();
  private ByteArrayOutputStream body = new ByteArrayOutputStream();
  private ChannelHandlerContext context;
  private Caller caller;
  private @Nullable Exchange receiving;
  private Arriving arriving = Arriving.NOTHING;
  private @Nullable Exchange arrivingBody;
  private @Nullable Future<?> arrivalCheck;
  private @Nullable Future<?> idleCheck;
  private @Nullable Future<?> readerCheck;
  private boolean spare;
  private boolean requests;
  private boolean reading;
  private boolean progress;
  private boolean draining;
  private boolean inputShut;
  private boolean noMore;
  private boolean closing;
  private boolean left;
  private boolean answered;
  private long pending;
  private long unsent;

  @SuppressWarnings("NullAway.Init") // Netty calls handlerAdded before anything else
  Connection(
      HttpService resources, ServerOptions options, RequestDecoder decoder, RequestMemory memory) {
    this.resources = resources;
    this.options = options;
    this.decoder = decoder;
    this.memory = memory;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    caller = Caller.of(ctx.channel());
    spare = ctx.channel().hasAttr(ConnectionLimit.SPARE);
    if (spare) {
      after(Duration.ofMillis(SPARE_MILLIS), this::endSpare);
    }
    long period = options.idleTimeout().toNanos();
    idleCheck = ctx.executor()
        .scheduleAtFixedRate(new LoggedTask(this::checkIdle), period, period, TimeUnit.NANOSECONDS);
  }

  private Future<?> after(Duration delay, Runnable task) {
    return context.executor().schedule(new LoggedTask(task), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    forget();
    ctx.fireChannelInactive();
  }

  /** The connection has become an event stream. */
  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    forget();
  }

  private void forget() {
    cancel(idleCheck);
    cancel(arrivalCheck);
    cancel(readerCheck);
    closing = true;
    left = true;
    receiving = null;
    unanswered.clear();
    decoder.discard();
    fits();
  }

  private static void cancel(@Nullable Future<?> check) {
    if (check != null) {
      check.cancel(false);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    reading = true;
    Round.current().reads(ctx.executor());
    requests = true;
    try {
      if (closing) {
        return;
      }
      if (message instanceof HttpRequest head && !noMore) {
        begin(head);
      }
      if (message instanceof HttpContent content && receiving != null) {
        receive(receiving, content);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    reading = false;
    if (draining && !unanswered.isEmpty()) {
      noMore = true;
    }
    advance();
    watchArrival();
    if (!fits()) {
      giveWay();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    updateReading();
    watchReader();
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == Drain.NOW && !draining) {
      drain();
    }
    if (event == ConnectionLimit.Spare.NO_MORE) {
      leaveSpare();
    }
    if (event instanceof ChannelInputShutdownEvent) {
      // The client sends no more, but may still wait for what it asked. A request cut short is
      // none.
      inputShut = true;
      noMore = true;
      if (receiving != null) {
        unanswered.removeLastOccurrence(receiving);
        pending -= receiving.bytes;
        receiving = null;
        dropBody();
      }
      if (closing || unanswered.isEmpty()) {
        closeWhenSent();
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // A client that resets its connection is no news.
    if (!(cause instanceof IOException)) {
      LOG.error("a connection failed", cause);
    }
    ctx.close();
  }

  /** Takes no new request, answers what was read, and closes. */
  private void drain() {
    draining = true;
    if (unanswered.isEmpty()) {
      Drain.afterLastCall(context, this::closeIfUnused);
    } else {
      noMore = true;
      updateReading();
    }
  }

  private void closeIfUnused() {
    if (unanswered.isEmpty() && !closing) {
      closeWhenSent();
    }
  }

  /** Answers may still wait for a client that reads slowly. */
  private void closeWhenSent() {
    context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  private void begin(HttpRequest head) {
    Exchange exchange =
        new Exchange(head, PENDING_BYTES + RequestMemory.FACTOR * decoder.lastHeadBytes());
    unanswered.add(exchange);
    pending += exchange.bytes;
    Rejection spared = refusedSpare(head);
    Rejection rejection = spared == null ? rejection(head) : spared;
    if (rejection != null) {
      refuse(exchange, rejection);
      return;
    }
    receiving = exchange;
    exchange.awaitsContinue = HttpUtil.is100ContinueExpected(head);
    if (!HttpUtil.isKeepAlive(head)) {
      noMore = true;
    }
  }

  /** Beyond the bound on connections, one question after the server's health is answered, and nothing else. */
  private @Nullable Rejection refusedSpare(HttpRequest head) {
    if (!spare) {
      return null;
    }
    noMore = true;
    return head.uri().startsWith(HEALTH) ? null : tooMany();
  }

  private void endSpare() {
    if (!closing && (receiving != null || unanswered.isEmpty())) {
      refuse(arrivingExchange(), tooMany());
    }
  }

  /** Another has come beyond the bound, and this one does not stay even for what it asked. */
  private void leaveSpare() {
    endSpare();
    if (!closing) {
      resources.dropped(Dropped.TOO_MANY);
    }
    context.close();
  }

  private Rejection tooMany() {
    resources.dropped(Dropped.TOO_MANY);
    return Pipeline.tooMany();
  }

  private void receive(Exchange exchange, HttpContent content) {
    int length = content.content().readableBytes();
    if (content.decoderResult().isFailure()) {
      Throwable cause = content.decoderResult().cause();
      // The only lines of a body are those before chunks.
      refuse(exchange, malformed(cause instanceof TooLongHttpLineException ? null : cause));
      return;
    }
    if (length > options.maxBodyBytes() - body.size()) {
      refuse(exchange, tooLarge(options));
      return;
    }
    if (length > 0) {
      exchange.awaitsContinue = false;
      body.writeBytes(bytes(content));
    }
    if (content instanceof LastHttpContent) {
      exchange.awaitsContinue = false;
      receiving = null;
      progress = true;
      byte[] whole = body.toByteArray();
      dropBody();
      answer(exchange, whole);
      updateReading();
    }
  }

  private static byte[] bytes(HttpContent content) {
    byte[] bytes = new byte[content.content().readableBytes()];
    content.content().readBytes(bytes);
    return bytes;
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
    HttpRequest request = exchange.request;
    int decided = RequestMemory.PENDING_FACTOR * whole.length;
    exchange.bytes += decided;
    pending += decided;
    if (!fits()) {
      resources.dropped(Dropped.MEMORY);
      refuse(exchange, noMemory());
      return;
    }
    CompletionStage<FullHttpResponse> answer = resources.answer(
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
    receiving = null;
    dropBody();
    noMore = true;
    exchange.awaitsContinue = false;
    complete(exchange, resources.refusal(why));
    updateReading();
  }

  private void complete(Exchange exchange, FullHttpResponse response) {
    exchange.answer = response;
    if (response instanceof EventStream.Opening) {
      // What comes behind it could only be answered if it were refused, but would be charged
      // before.
      noMore = true;
    }
    // What one read brought is answered together, with one write to the socket.
    if (!reading) {
      advance();
    }
  }

  /** Sends all answers that are next in turn. */
  private void advance() {
    if (closing) {
      return;
    }
    long size = 0;
    for (Exchange next = unanswered.peek();
        next != null && next.answer != null;
        next = unanswered.peek()) {
      if (next.answer instanceof EventStream.Opening stream && stream.open(context)) {
        return;
      }
      unanswered.remove();
      progress = true;
      answered = true;
      pending -= next.bytes;
      size += ANSWER_HEAD_BYTES + next.answer.content().readableBytes();
      if (noMore && unanswered.isEmpty()) {
        sendLast(next.request, next.answer);
        return;
      }
      context.write(prepared(next.request, next.answer, true), context.voidPromise());
    }
    if (size > 0) {
      awaitSent(size);
    }
    Exchange first = unanswered.peek();
    if (first != null && first.awaitsContinue) {
      first.awaitsContinue = false;
      context.write(
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER),
          context.voidPromise());
    }
    context.flush();
    updateReading();
    fits();
  }

  /** What is written behind all answers is sent when they are. */
  private void awaitSent(long size) {
    unsent += size;
    context.write(Unpooled.EMPTY_BUFFER).addListener(sent -> {
      unsent -= size;
      fits();
    });
  }

  /** Tells what this connection takes. False if that is too much, all connections together. */
  private boolean fits() {
    long bytes = decoder.bytes() + (long) RequestMemory.FACTOR * body.size() + pending + unsent;
    // The last answer gives no new claim.
    boolean fits = memory.hold(holding, left ? 0 : bytes, answered && !closing);
    answered = false;
    return fits;
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
    boolean arrives = receiving != null || decoder.headArriving();
    if (left || !(arrives || unanswered.isEmpty() || unsent > RequestMemory.FREE)) {
      return;
    }
    resources.dropped(Dropped.MEMORY);
    if (arrives && unsent <= RequestMemory.FREE) {
      refuse(arrivingExchange(), noMemory());
      decoder.discard();
    } else {
      context.close();
    }
  }

  /** What is arriving, though perhaps no head of it has. */
  private Exchange arrivingExchange() {
    Exchange known = receiving;
    if (known != null) {
      return known;
    }
    Exchange headless = new Exchange(NO_HEAD, 0);
    unanswered.add(headless);
    return headless;
  }

  private void sendLast(HttpRequest request, FullHttpResponse answer) {
    closing = true;
    int size = answer.content().readableBytes();
    unsent += size;
    fits();
    context.writeAndFlush(prepared(request, answer, false)).addListener((ChannelFutureListener)
        sent -> {
          unsent -= size;
          fits();
          if (!sent.isSuccess() || inputShut) {
            context.close();
            return;
          }
          shutdownOutput();
          after(Duration.ofMillis(LINGER_MILLIS), context::close);
          updateReading();
        });
    decoder.discard();
  }

  private void shutdownOutput() {
    SslHandler tls = context.pipeline().get(SslHandler.class);
    if (tls == null) {
      ((DuplexChannel) context.channel()).shutdownOutput();
    } else {
      tls.closeOutbound().addListener(told -> ((DuplexChannel) context.channel()).shutdownOutput());
    }
  }

  private static FullHttpResponse prepared(
      HttpRequest request, FullHttpResponse made, boolean keepAlive) {
    FullHttpResponse answer =
        request.method().equals(HttpMethod.HEAD) ? made.replace(Unpooled.EMPTY_BUFFER) : made;
    answer.headers().set(HttpHeaderNames.DATE, HttpDate.now());
    // We always speak HTTP/1.1, where closing must be said; who spoke 1.0 must be told of the
    // opposite.
    if (!keepAlive) {
      answer.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (!request.protocolVersion().isKeepAliveDefault()) {
      answer.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
    return answer;
  }

  /** What has begun to arrive must end in time, whatever trickles in meanwhile. */
  private void watchArrival() {
    Arriving now = Arriving.NOTHING;
    if (receiving != null) {
      now = Arriving.BODY;
    } else if (!closing && !noMore && decoder.headArriving()) {
      now = Arriving.HEAD;
    }
    boolean another = requests;
    requests = false;
    if (now == arriving && receiving == arrivingBody && !(another && now == Arriving.HEAD)) {
      return;
    }
    cancel(arrivalCheck);
    arriving = now;
    arrivingBody = receiving;
    if (now != Arriving.NOTHING) {
      awaitArrival();
    }
  }

  private void awaitArrival() {
    Limits limits = options.limits();
    Duration within = arriving == Arriving.HEAD ? limits.headTimeout() : limits.bodyTimeout();
    arrivalCheck = after(within, () -> arrivesLate(within));
  }

  private void arrivesLate(Duration within) {
    if (closing || (noMore && receiving == null)) {
      return;
    }
    if (!context.channel().config().isAutoRead()) {
      // It may have been sent: we do not read.
      awaitArrival();
      return;
    }
    resources.dropped(Dropped.SLOW_SENDER);
    refuse(
        arrivingExchange(),
        new Rejection(
            HttpResponseStatus.REQUEST_TIMEOUT,
            "the request's %s did not arrive within %s"
                .formatted(arriving == Arriving.HEAD ? "head" : "body", DurationText.of(within))));
  }

  private void watchReader() {
    if (context.channel().isWritable()) {
      cancel(readerCheck);
      readerCheck = null;
    } else if (readerCheck == null) {
      readerCheck = after(options.limits().writeTimeout(), () -> {
        resources.dropped(Dropped.SLOW_READER);
        context.close();
      });
    }
  }

  private void updateReading() {
    boolean wanted = closing
        || ((receiving != null || unanswered.size() < MAX_UNANSWERED)
            && context.channel().isWritable()
            && !(noMore && receiving == null));
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
    boolean idle = !progress && (unanswered.isEmpty() || receiving != null);
    progress = false;
    if (!idle) {
      return;
    }
    if (receiving == null || closing) {
      context.close();
    } else {
      resources.dropped(Dropped.SLOW_SENDER);
      refuse(
          receiving,
          new Rejection(
              HttpResponseStatus.REQUEST_TIMEOUT,
              "the request did not arrive within %s"
                  .formatted(DurationText.of(options.idleTimeout()))));
    }
  }

  private @Nullable Rejection rejection(HttpRequest head) {
    if (head.decoderResult().isFailure()) {
      return malformed(head.decoderResult().cause());
    }
    if (head.protocolVersion().majorVersion() != 1) {
      return new Rejection(
          HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED,
          "%s is not supported; accepted: HTTP/1.1, HTTP/1.0".formatted(head.protocolVersion()));
    }
    List<String> hosts = head.headers().getAll(HttpHeaderNames.HOST);
    if (hosts.size() > 1
        || (hosts.isEmpty() && !head.protocolVersion().equals(HttpVersion.HTTP_1_0))) {
      return new Rejection(
          HttpResponseStatus.BAD_REQUEST,
          "the request has %s Host fields; accepted: one".formatted(hosts.size()));
    }
    if (!visible(head.uri()) || (!hosts.isEmpty() && !isHost(hosts.get(0)))) {
      return malformed(null);
    }
    String coding = head.headers().get(HttpHeaderNames.TRANSFER_ENCODING);
    if (coding != null && !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(coding)) {
      return new Rejection(
          HttpResponseStatus.NOT_IMPLEMENTED,
          "the request has a transfer coding that is not decoded here; accepted: chunked");
    }
    if (!only(HttpHeaderValues.CONTINUE, head, HttpHeaderNames.EXPECT)) {
      return unexpected();
    }
    if (!only(HttpHeaderValues.IDENTITY, head, HttpHeaderNames.CONTENT_ENCODING)) {
      return new Rejection(
          HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
          "the body has a content coding, which is not decoded here; accepted: identity");
    }
    return HttpUtil.getContentLength(head, 0L) > options.maxBodyBytes() ? tooLarge(options) : null;
  }

  private static boolean only(AsciiString value, HttpRequest head, AsciiString name) {
    return head.headers().getAll(name).stream().allMatch(value::contentEqualsIgnoreCase);
  }

  /** A target is of visible ASCII; what is not could end elsewhere for others who read it. */
  private static boolean visible(String target) {
    for (int i = 0; i < target.length(); i++) {
      if (target.charAt(i) <= ' ' || target.charAt(i) >= DELETE) {
        return false;
      }
    }
    return true;
  }

  /** A host's name or address and a port, as RFC 3986, section 3.2, writes them: in these characters. */
  private static boolean isHost(String host) {
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      boolean word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!word && HOST_MARKS.indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }

  private static Rejection noMemory() {
    return new Rejection(
        HttpResponseStatus.SERVICE_UNAVAILABLE,
        "the memory for requests is taken by others; come back later");
  }

  private static Rejection unexpected() {
    return new Rejection(
        HttpResponseStatus.EXPECTATION_FAILED,
        "the request expects what this server does not know; accepted: 100-continue");
  }

  private static Rejection tooLarge(ServerOptions options) {
    return new Rejection(
        Rejection.CONTENT_TOO_LARGE,
        "the body is too long; accepted: at most %s bytes".formatted(options.maxBodyBytes()));
  }

  private static Rejection malformed(@Nullable Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return new Rejection(Rejection.URI_TOO_LONG, "the request line is too long");
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return new Rejection(
          HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the header fields are too long");
    }
    return new Rejection(HttpResponseStatus.BAD_REQUEST, "the request is not well-formed");
  }

  /** What of a request has begun to arrive and is not whole. */
  private enum Arriving {
    NOTHING,
    HEAD,
    BODY
  }

  /** A request and, once it is there, its answer. */
  private static final class Exchange {
    final HttpRequest request;
    long bytes;
    boolean awaitsContinue;

    @Nullable
    FullHttpResponse answer;

    Exchange(HttpRequest request, long bytes) {
      this.request = request;
      this.bytes = bytes;
    }
  }
}
