package dev.ratelab.server.telemetry;

import java.util.Locale;

/** Why a connection was closed that its client would have kept: these values of a label, and no others. */
public enum Dropped {
  /** As many connections, or readers of events, as may be were open. */
  TOO_MANY,
  /** As many connections as may be from its address were open. */
  TOO_MANY_FROM_ADDRESS,
  SLOW_SENDER,
  SLOW_READER,
  HANDSHAKE,
  /** Requests took as much memory as they may, and it was the longest without an answer. */
  MEMORY;

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
