package dev.ratelab.verification.joint;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.ScopedPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;
import org.jspecify.annotations.Nullable;

/** Generated requests: two tenants or, where no policy counts per tenant, none, two keys, two to four policies of any algorithm, some in shadow, any of which are named in any order. */
public final class JointScenarios {
  private static final int MAX_POLICIES = 4;
  private static final long START = 1_800_000_000_000_000L;
  private static final Duration DEADLINE = Duration.ofMinutes(10);

  private record Rule(Algorithm algorithm, Limit limit, Scope scope, boolean shadow) {}

  private record Draw(int tenant, int key, long cost, int mask, int first, double gap) {}

  private JointScenarios() {}

  /** Up to so many requests, whose times do not fall. */
  public static Arbitrary<List<JointArrival>> of(int length) {
    Arbitrary<List<Rule>> rules = rule().list().ofMinSize(2).ofMaxSize(MAX_POLICIES);
    Arbitrary<List<Draw>> draws = draw().list().ofMinSize(1).ofMaxSize(length);
    return Combinators.combine(rules, draws).as(JointScenarios::arrivals);
  }

  private static Arbitrary<Rule> rule() {
    return Combinators.combine(
            Arbitraries.of(Algorithm.class),
            Arbitraries.longs().between(1, 12),
            Arbitraries.longs().between(1, 2_000_000),
            Arbitraries.longs().between(1, 12),
            Arbitraries.of(Scope.class),
            Arbitraries.frequency(Tuple.of(3, false), Tuple.of(1, true)))
        .as((algorithm, permits, window, burst, scope, shadow) -> new Rule(
            algorithm,
            new Limit(permits, window, algorithm.usesBurst() ? burst : permits),
            scope,
            shadow));
  }

  private static Arbitrary<Draw> draw() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 2),
            Arbitraries.integers().between(0, 1),
            Arbitraries.longs().between(1, 4),
            Arbitraries.integers().between(1, (1 << MAX_POLICIES) - 1),
            Arbitraries.integers().between(0, MAX_POLICIES - 1),
            Arbitraries.frequencyOf(
                Tuple.of(2, Arbitraries.just(0.0)),
                Tuple.of(5, Arbitraries.doubles().between(0, 0.3)),
                Tuple.of(1, Arbitraries.doubles().between(0, 2.5))))
        .as(Draw::new);
  }

  private static @Nullable String tenant(Draw draw, List<ScopedPolicy> policies) {
    boolean needed = policies.stream().anyMatch(policy -> policy.scope() == Scope.TENANT);
    return draw.tenant == 2 && !needed ? null : "tenant" + draw.tenant % 2;
  }

  private static List<JointArrival> arrivals(List<Rule> rules, List<Draw> draws) {
    List<ScopedPolicy> policies = IntStream.range(0, rules.size())
        .mapToObj(i -> {
          Rule rule = rules.get(i);
          return new ScopedPolicy(
              Policy.of("p" + i, rule.algorithm, rule.limit).withDeadline(DEADLINE),
              rule.scope,
              rule.shadow);
        })
        .toList();
    long window = rules.get(0).limit.windowMicros();
    List<JointArrival> arrivals = new ArrayList<>();
    long at = START;
    for (Draw draw : draws) {
      at += Math.round(draw.gap * window);
      List<ScopedPolicy> some = new ArrayList<>();
      for (int i = 0; i < policies.size(); i++) {
        if ((draw.mask >> i & 1) == 1) {
          some.add(policies.get(i));
        }
      }
      if (some.isEmpty()) {
        some.addAll(policies);
      }
      Collections.rotate(some, draw.first);
      arrivals.add(new JointArrival(
          at,
          new Request(
              tenant(draw, some),
              "key" + draw.key,
              Math.min(draw.cost, Request.maxCost(some)),
              some)));
    }
    return arrivals;
  }
}
