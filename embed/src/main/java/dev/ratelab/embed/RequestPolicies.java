package dev.ratelab.embed;

import dev.ratelab.limiter.Request;
import org.jspecify.annotations.Nullable;

/** Who is charged for a request, how much, and by which policies. */
@FunctionalInterface
public interface RequestPolicies<R> {
  /** What to ask the limiter; null for a request that is not limited. */
  @Nullable
  Request of(R request);
}
