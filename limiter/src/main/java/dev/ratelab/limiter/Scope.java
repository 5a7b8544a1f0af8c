package dev.ratelab.limiter;

import java.util.Arrays;
import java.util.stream.Collectors;

/** What a policy keeps one counter for. */
public enum Scope {
  /** For each key of each tenant, and for each key of the requests without one. */
  KEY("key"),
  /** For each tenant, whatever the key. */
  TENANT("tenant");

  private final String id;

  Scope(String id) {
    this.id = id;
  }

  /** The name in configuration, for example {@code tenant}. */
  public String id() {
    return id;
  }

  /**
   * The scope of this {@link #id()}.
   *
   * @throws IllegalArgumentException if there is none; the message lists those there are
   */
  public static Scope of(String id) {
    for (Scope scope : values()) {
      if (scope.id.equals(id)) {
        return scope;
      }
    }
    throw new IllegalArgumentException("unknown scope '%s'; accepted: %s"
        .formatted(id, Arrays.stream(values()).map(Scope::id).collect(Collectors.joining(", "))));
  }

  @Override
  public String toString() {
    return id;
  }
}
