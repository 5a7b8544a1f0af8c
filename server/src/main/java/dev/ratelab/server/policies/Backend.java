package dev.ratelab.server.policies;

import java.util.Locale;

/** Where counters are kept. */
public enum Backend {
  REDIS,
  MEMORY;

  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Backend of(String id) {
    return valueOf(id.toUpperCase(Locale.ROOT));
  }
}
