package dev.ratelab.limiter;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Requests drawn for tests: of two tenants and none, of two keys, of one policy to four, some of which are in shadow. */
public final class RequestCases {
  private static final List<Algorithm> ALGORITHMS = List.of(Algorithm.values());

  private final Random random;
  private final List<ScopedPolicy> policies;

  public RequestCases(long seed) {
    random = new Random(seed);
    policies = IntStream.range(0, 2 * ALGORITHMS.size())
        .mapToObj(i -> {
          Algorithm algorithm = ALGORITHMS.get(i / 2);
          Limit limit = new Limit(9 + i, 1_000_003 + i, algorithm.usesBurst() ? 7 : 9 + i);
          Policy policy = Policy.of("p" + i, algorithm, limit).withDeadline(Duration.ofMinutes(1));
          return i % 2 == 0 ? ScopedPolicy.perKey(policy) : ScopedPolicy.perTenant(policy);
        })
        .toList();
  }

  /** The next request. */
  public Request next() {
    @Nullable String tenant = random.nextInt(3) == 0 ? null : "tenant" + random.nextInt(2);
    List<ScopedPolicy> some = new ArrayList<>(policies);
    some.removeIf(policy -> tenant == null && policy.scope() == Scope.TENANT);
    Collections.shuffle(some, random);
    some.replaceAll(policy -> policy.withShadow(random.nextInt(5) == 0));
    return new Request(
        tenant,
        "key" + random.nextInt(2),
        1 + random.nextInt(3),
        some.subList(0, 1 + random.nextInt(4)));
  }

  /** Time from one request to the next; now and then it is gone back on a little. */
  public long gap() {
    return random.nextInt(10) == 0 ? -random.nextInt(20_000) : random.nextInt(15_000);
  }
}
