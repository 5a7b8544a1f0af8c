package dev.ratelab.server.http;

import dev.ratelab.server.http.ConnectionState.Event;
import dev.ratelab.server.telemetry.Dropped;
import io.netty.channel.ChannelHandlerContext;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Collects one connection's requests from their parts, and has those that are whole answered and the others refused. */
// What comes of an answer is told to the connection.
@SuppressWarnings("FutureReturnValueIgnored")
final class RequestReceiver {
  private static final Logger LOG = LoggerFactory.getLogger(RequestReceiver.class);

  /** What a request takes while it waits for its answer, in bytes, its body aside. */
  private static final int PENDING_BYTES = 512;

  private static final int KEPT_BODY_BYTES = 1024;
  private static final String HEALTH = "/health";

  private final Connection connection;
  private final ChannelHandlerContext context;
  private final RequestQueue unanswered;
  private final HttpService service;
  private final int maxBodyBytes;
  private ByteArrayOutputStream body = new ByteArrayOutputStream();
  private long heads;

  RequestReceiver(
      Connection connection,
      ChannelHandlerContext context,
      RequestQueue unanswered,
      HttpService service,
      int maxBodyBytes) {
    this.connection = connection;
    this.context = context;
    this.unanswered = unanswered;
    this.service = service;
    this.maxBodyBytes = maxBodyBytes;
  }

  long heads() {
    return heads;
  }

  /** What the body takes that is not whole, in bytes. */
  long bytes() {
    return (long) RequestMemory.FACTOR * body.size();
  }

  void begin(RequestHead head) {
    // Beyond the bound on connections, one question after the server's health is answered, and
    // nothing else.
    boolean spare = connection.state() == ConnectionState.SPARE;
    connection.on(Event.REQUEST);
    heads++;
    Exchange exchange = new Exchange(head, PENDING_BYTES + RequestMemory.FACTOR * head.bytes());
    unanswered.add(exchange);
    if (spare && !head.target().startsWith(HEALTH)) {
      refuse(exchange, Dropped.TOO_MANY, Rejection.tooManyConnections());
    } else if (head.bodyBytes() > maxBodyBytes) {
      refuse(exchange, Rejection.tooLarge(maxBodyBytes));
    } else if (!head.keepAlive()) {
      connection.on(Event.LAST_REQUEST);
    }
  }

  /** Takes a part of a body, or the end of it, if it is wanted. */
  void receive(Object part) {
    Exchange exchange = unanswered.arriving();
    if (exchange == null) {
      return;
    }
    if (part instanceof byte[] bytes) {
      if (bytes.length > maxBodyBytes - body.size()) {
        refuse(exchange, Rejection.tooLarge(maxBodyBytes));
        return;
      }
      exchange.on(RequestState.Event.GO_ON);
      body.writeBytes(bytes);
    } else {
      connection.progresses();
      byte[] whole = body.toByteArray();
      dropBody();
      answer(exchange, whole);
      connection.updateReading();
    }
  }

  /** Refuses what is not well-formed, be it a head or what follows one. */
  void refuse(Rejection why) {
    if (connection.state() == ConnectionState.SPARE) {
      refuseArriving(Dropped.TOO_MANY, Rejection.tooManyConnections());
    } else {
      refuse(arriving(), why);
    }
  }

  /** The client sends no more. A request cut short is none. */
  void cut() {
    Exchange arriving = unanswered.arriving();
    if (arriving != null) {
      unanswered.cut(arriving);
      dropBody();
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
    RequestHead request = exchange.request();
    unanswered.add(exchange, (long) RequestMemory.PENDING_FACTOR * whole.length);
    if (!connection.fits(false)) {
      refuse(exchange, Dropped.MEMORY, Rejection.noMemory());
      return;
    }
    exchange.on(RequestState.Event.WHOLE);
    CompletableFuture<Response> answer = service
        .answer(new HttpCall(
            request.method(), request.target(), request.headers(), whole, connection.certified()))
        .toCompletableFuture();
    if (answer.isDone()) {
      answer.whenComplete((made, failure) -> connection.complete(exchange, made(made, failure)));
    } else {
      answer.whenCompleteAsync(
          (made, failure) -> connection.completeLate(exchange, made(made, failure)),
          context.executor());
    }
  }

  private static Response made(@Nullable Response made, @Nullable Throwable failure) {
    if (made != null) {
      return made;
    }
    LOG.error("a request could not be answered", failure);
    return Response.problem(500, "the server failed; its log tells why");
  }

  /** Refuses what is arriving, though perhaps no head of it has. Its client would have kept the connection, which is counted. */
  void refuseArriving(Dropped dropped, Rejection why) {
    refuse(arriving(), dropped, why);
  }

  private Exchange arriving() {
    Exchange arriving = unanswered.arriving();
    if (arriving == null) {
      arriving = Exchange.headless();
      unanswered.add(arriving);
    }
    return arriving;
  }

  private void refuse(Exchange exchange, Dropped dropped, Rejection why) {
    service.dropped(dropped);
    refuse(exchange, why);
  }

  /** After this request the connection cannot be trusted to be where the next one begins. */
  private void refuse(Exchange exchange, Rejection why) {
    dropBody();
    connection.on(Event.LAST_REQUEST);
    connection.complete(exchange, service.refusal(why));
    connection.updateReading();
  }
}
