package dev.ratelab.verification.generate;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.verification.property.Arrival;
import dev.ratelab.verification.property.Scenario;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/**
 * Scenarios of several policies: two tenants or, where no policy counts per tenant, none; two keys; 1 to 16 policies of any algorithm,
 * some in shadow, any of which a request names in any order.
 */
final class RequestScenarios {
  private static final int FEW_POLICIES = 4;
  private static final long START = 1_800_000_000_000_000L;

  private record Rule(Algorithm algorithm, Limit limit, Scope scope, boolean shadow) {}

  private record Draw(int tenant, int key, long cost, int mask, int first, double gap) {}

  private RequestScenarios() {}

  /** Up to so many requests, whose times do not fall; the first policy is of this algorithm. */
  static Arbitrary<Scenario> of(Algorithm algorithm, int length) {
    Arbitrary<Rule> other = rule(Arbitraries.of(Algorithm.class));
    Arbitrary<List<Rule>> others = Arbitraries.frequencyOf(
        Tuple.of(4, other.list().ofMaxSize(FEW_POLICIES - 1)),
        Tuple.of(1, other.list().ofMaxSize(Request.MAX_POLICIES - 1)));
    Arbitrary<Rule> first = rule(Arbitraries.just(algorithm));
    return Combinators.combine(first, others, draw().list().ofMinSize(1).ofMaxSize(length))
        .as(RequestScenarios::scenario);
  }

  private static Arbitrary<Rule> rule(Arbitrary<Algorithm> algorithms) {
    return Combinators.combine(
            algorithms,
            Arbitraries.longs().between(1, 12),
            Arbitraries.longs().between(1, 2_000_000),
            Arbitraries.longs().between(1, 12),
            Arbitraries.of(Scope.class),
            Arbitraries.frequency(Tuple.of(3, false), Tuple.of(1, true)))
        .as((algorithm, permits, window, burst, scope, shadow) -> new Rule(
            algorithm,
            ArbitraryLimits.fit(new Limit(permits, window, burst, burst.intValue()), algorithm),
            scope,
            shadow));
  }

  private static Arbitrary<Draw> draw() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 2),
            Arbitraries.integers().between(0, 1),
            Arbitraries.longs().between(1, 4),
            Arbitraries.integers().between(1, (1 << Request.MAX_POLICIES) - 1),
            Arbitraries.integers().between(0, Request.MAX_POLICIES - 1),
            Arbitraries.frequencyOf(
                Tuple.of(2, Arbitraries.just(0.0)),
                Tuple.of(5, Arbitraries.doubles().between(0, 0.3)),
                Tuple.of(1, Arbitraries.doubles().between(0, 2.5))))
        .as(Draw::new);
  }

  private static Scenario scenario(Rule first, List<Rule> others, List<Draw> draws) {
    List<ScopedPolicy> policies = new ArrayList<>();
    Stream.concat(Stream.of(first), others.stream())
        .forEach(rule -> policies.add(new ScopedPolicy(
            Policy.of("p" + policies.size(), rule.algorithm, rule.limit),
            rule.scope,
            rule.shadow)));
    List<Arrival> arrivals = new ArrayList<>();
    long at = START;
    for (Draw draw : draws) {
      at += Math.round(draw.gap * first.limit.windowMicros());
      arrivals.add(arrival(draw, at, policies));
    }
    return new Scenario(policies, arrivals);
  }

  private static Arrival arrival(Draw draw, long at, List<ScopedPolicy> policies) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < policies.size(); i++) {
      if ((draw.mask >> i & 1) == 1) {
        numbers.add(i);
      }
    }
    if (numbers.isEmpty()) {
      IntStream.range(0, policies.size()).forEach(numbers::add);
    }
    Collections.rotate(numbers, draw.first);
    List<ScopedPolicy> asked = numbers.stream().map(policies::get).toList();
    boolean needsTenant = asked.stream().anyMatch(policy -> policy.scope() == Scope.TENANT);
    return new Arrival(
        at,
        Math.min(draw.cost, Request.maxCost(asked)),
        draw.tenant == 2 && !needsTenant ? null : "tenant" + draw.tenant % 2,
        "key" + draw.key,
        numbers);
  }
}
