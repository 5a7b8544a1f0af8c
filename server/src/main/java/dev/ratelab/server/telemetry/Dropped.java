package dev.ratelab.server.telemetry;

/** Why a connection was closed that its client would have kept: these values of a label, and no others. */
public enum Dropped {
  /** As many connections, or readers of events, as may be were open. */
  TOO_MANY("too_many"),
  /** As many connections as may be from its address were open. */
  TOO_MANY_FROM_ADDRESS("too_many_from_address"),
  /** Its head or body did not arrive in time. */
  SLOW_SENDER("slow_sender"),
  /** Answers stayed unread. */
  SLOW_READER("slow_reader"),
  /** TLS was not agreed upon, or not in time. */
  HANDSHAKE("handshake"),
  /** Requests took as much memory as they may, and it was the longest without an answer. */
  MEMORY("memory");

  private final String label;

  Dropped(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }
}
