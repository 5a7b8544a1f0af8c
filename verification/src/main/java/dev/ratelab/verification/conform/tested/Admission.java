package dev.ratelab.verification.conform.tested;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How an HTTP response tells whether the request was admitted.
 *
 * @param field the JSON field that is true or false, such as {@code allowed} or {@code result.allowed}; null where the status tells
 * @param denied the statuses of a denial, where they tell; 200 to 299 is an admission, and any other no answer
 */
public record Admission(@Nullable String field, Set<Integer> denied) {
  /** By the status: what servers that limit rates send, or refuse with. */
  public static final Admission BY_STATUS = new Admission(null, Set.of(429, 503, 403));

  /** By a field of the body, whatever the status. */
  public static Admission byField(String path) {
    return new Admission(path, Set.of());
  }
}
