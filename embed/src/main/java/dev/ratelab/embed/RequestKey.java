package dev.ratelab.embed;

import org.jspecify.annotations.Nullable;

/** Who is charged for a request. */
@FunctionalInterface
public interface RequestKey<R> {
  /** The key, such as a user's name or an API key; null for a request that is not limited. Any string. */
  @Nullable
  String of(R request);
}
