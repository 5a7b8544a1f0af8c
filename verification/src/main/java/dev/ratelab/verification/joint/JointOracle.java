package dev.ratelab.verification.joint;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.policy.JointRequest;
import dev.ratelab.limiter.policy.Scope;
import dev.ratelab.limiter.policy.ScopedPolicy;
import dev.ratelab.verification.oracle.Answer;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.Rule;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The sequential model: a model of its own for each counter, all of which are asked before any is charged. */
final class JointOracle {
  private record Counter(
      String policy, @Nullable String tenant, @Nullable String key) {}

  private final Map<Counter, Oracle> models = new HashMap<>();

  /** What each policy answers, in the request's order. Times must not fall. */
  List<Answer> check(JointArrival arrival) {
    JointRequest request = arrival.request();
    List<Oracle> counters =
        request.policies().stream().map(policy -> model(policy, request)).toList();
    List<Answer> looks =
        counters.stream().map(model -> model.look(arrival.at(), request.cost())).toList();
    return looks.stream().allMatch(Answer::allowed)
        ? counters.stream()
            .map(model -> model.check(arrival.at(), request.cost()))
            .toList()
        : looks;
  }

  private Oracle model(ScopedPolicy policy, JointRequest request) {
    String key = policy.scope() == Scope.TENANT ? null : request.key();
    Limit limit = policy.policy().limit();
    return models.computeIfAbsent(
        new Counter(policy.name(), request.tenant(), key),
        absent -> Oracle.of(
            policy.policy().algorithm().id(),
            new Rule(limit.permits(), limit.windowMicros(), limit.burst())));
  }
}
