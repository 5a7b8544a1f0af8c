package dev.ratelab.server.http;

/** The life of one request, from its head to the writing of its one answer. Those of a {@link ConnectionState connection} are in any of these. */
enum RequestState {
  /** Its head is here; its client sends the body when it is told to go on. */
  EXPECTING,
  /** Its head is here, its body is not whole. */
  ARRIVING,
  /** It is whole, and was asked to be answered. */
  DECIDING,
  /** Its answer is made and waits for its turn. */
  ANSWERED,
  /** Its answer is written, or it was cut short and has none. */
  DONE;

  enum Event {
    /** Its client was told to go on, or did not wait for that. */
    GO_ON,
    /** All of its body is here. */
    WHOLE,
    /** Its answer is made. Before it is whole, that is a refusal. */
    ANSWER,
    /** Its answer is written, all those before being so. */
    TURN,
    /** Its client ended before it was whole. */
    CUT
  }

  /** The state after an event. Throws if the event cannot happen in this state, such as a second answer. */
  RequestState on(Event event) {
    boolean arrives = arrives();
    RequestState next = switch (event) {
      case GO_ON -> arrives ? ARRIVING : null;
      case WHOLE -> arrives ? DECIDING : null;
      case ANSWER -> arrives || this == DECIDING ? ANSWERED : null;
      case TURN -> this == ANSWERED ? DONE : null;
      case CUT -> arrives ? DONE : null;
    };
    if (next == null) {
      throw new IllegalStateException(
          "%s cannot happen to a request that is %s".formatted(event, this));
    }
    return next;
  }

  /** Whether a part of it is still to come. */
  boolean arrives() {
    return this == EXPECTING || this == ARRIVING;
  }
}
