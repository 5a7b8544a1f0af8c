package dev.ratelab.verification.conform.tested;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How an HTTP response tells whether the request was admitted.
 *
 * @param field the JSON field that is true or false, such as {@code allowed} or {@code result.allowed}; null where the status tells
 * @param denied the statuses of a denial, 300 to 599, where they tell; 200 to 299 is an admission, and any other no answer
 */
public record Admission(@Nullable String field, Set<Integer> denied) {
  /** By the status: 429 is a denial. A 503 or a 403 has other causes, too. */
  public static final Admission BY_STATUS = new Admission(null, Set.of(429));

  /** Throws {@link IllegalArgumentException} if a status of a denial is none of 300 to 599. */
  public Admission {
    for (int status : denied) {
      if (status < 300 || status > 599) {
        throw new IllegalArgumentException(
            "the status of a denial is %s; accepted: 300 to 599".formatted(status));
      }
    }
  }

  /** By a field of the body, whatever the status. */
  public static Admission byField(String path) {
    return new Admission(path, Set.of());
  }
}
