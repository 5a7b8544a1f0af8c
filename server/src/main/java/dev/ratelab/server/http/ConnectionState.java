package dev.ratelab.server.http;

/**
 * The life of one connection: what it does with what its client sends, and whether it still answers.
 *
 * <p>There are two machines. A connection has this one state. Each of its requests has a {@link RequestState} of its own, since pipelining
 * has many of them under way at once, in any mixture: their product would be no enum. The machines meet in two events: a
 * request is the last one, and all that were taken are answered.
 */
enum ConnectionState {
  /** The TLS handshake, if there is to be one, is not over. Nothing can be asked. */
  NEW,
  /** Beyond the bound on connections: takes one request, which must ask for the server's health. */
  SPARE,
  /** Takes requests and answers them in their order. It rests here between two requests. */
  OPEN,
  /** The server is about to close, and nothing is asked: what the next read brings is still answered. */
  LAST_CALL,
  /** Takes no more requests, answers those that were taken, and ends. */
  FINISHING,
  /** As {@link #FINISHING}; the client has shut its side, so nobody is left to be waited for afterwards. */
  HALF_CLOSED,
  /** The last answer is on its way. What the client sends now is thrown away. */
  ENDING,
  /** All is answered and the client sends no more, or need not be waited for: it closes when all is sent. */
  CLOSING,
  /**
   * The last answer is sent and our side shut; the client may go on sending for a moment. Closing at once would reset the connection, and
   * the client could lose the answer (RFC 9112, section 9.6).
   */
  LINGERING,
  /** It sends events until one side closes. What the client sends is thrown away. */
  STREAMING,
  /** Nothing more is done, whatever comes late. */
  CLOSED;

  enum Event {
    /** It may ask: the handshake, if there was one, is over. */
    ADMITTED,
    /** It is beyond the bound, and may ask for the server's health. */
    SPARED,
    /** The head of a request is taken. */
    REQUEST,
    /** Nothing behind the newest request is taken: its client said so, it was refused, or it opens the event stream. */
    LAST_REQUEST,
    DRAIN,
    /** A request that was on its way when the server began to close would be here by now. */
    LAST_CALL_OVER,
    /** The client has shut its side. */
    INPUT_END,
    /** Of what was taken, nothing is unanswered. */
    ALL_ANSWERED,
    STREAM,
    SENT,
    /** It is closed, or to be closed at once: the client has left, takes too long, or must give way. */
    GONE
  }

  /** The state after an event. Throws if the event cannot happen in this state. */
  ConnectionState on(Event event) {
    ConnectionState next = switch (event) {
      case ADMITTED -> this == NEW ? OPEN : null;
      case SPARED -> this == NEW ? SPARE : null;
      case REQUEST -> this == SPARE ? FINISHING : takes() ? this : null;
      case LAST_REQUEST -> this == HALF_CLOSED ? this : answers() ? FINISHING : null;
      case DRAIN -> this == NEW ? CLOSED : this == OPEN ? LAST_CALL : this;
      case LAST_CALL_OVER ->
        switch (this) {
          case SPARE, LAST_CALL -> CLOSING;
          case NEW, OPEN -> null;
          default -> this;
        };
      case INPUT_END ->
        switch (this) {
          case SPARE, OPEN, LAST_CALL, FINISHING, HALF_CLOSED -> HALF_CLOSED;
          case ENDING, CLOSING -> CLOSING;
          case NEW, LINGERING, STREAMING, CLOSED -> CLOSED;
        };
      case ALL_ANSWERED -> this == FINISHING ? ENDING : this == HALF_CLOSED ? CLOSING : null;
      case STREAM -> this == FINISHING || this == HALF_CLOSED ? STREAMING : null;
      case SENT ->
        switch (this) {
          case ENDING -> LINGERING;
          case CLOSING, CLOSED -> CLOSED;
          default -> null;
        };
      case GONE -> CLOSED;
    };
    if (next == null) {
      throw new IllegalStateException(
          "%s cannot happen to a connection that is %s".formatted(event, this));
    }
    return next;
  }

  boolean takes() {
    return this == SPARE || this == OPEN || this == LAST_CALL;
  }

  boolean answers() {
    return takes() || this == FINISHING || this == HALF_CLOSED;
  }

  /** Whether there is, or will be, nothing of HTTP on it. */
  boolean outsideHttp() {
    return this == NEW || this == STREAMING || this == CLOSED;
  }
}
