package dev.ratelab.verification.property;

import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleAnswer;
import dev.ratelab.verification.subject.ScheduledRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sequential model: a model of its own for each counter, all of which are asked before any is charged. Those in shadow have no
 * say in whether the others are charged, and say no to a cost that they could never admit.
 */
final class RequestOracle {
  private record Counter(
      String policy, @Nullable String tenant, @Nullable String key) {}

  private final Map<Counter, Oracle> models = new HashMap<>();

  /** What each policy answers, in the request's order. Times must not fall. */
  List<OracleAnswer> check(ScheduledRequest arrival) {
    Request request = arrival.request();
    List<OracleAnswer> looks =
        request.policies().stream().map(policy -> look(policy, arrival)).toList();
    for (int i = 0; i < looks.size(); i++) {
      if (!looks.get(i).allowed() && !request.policies().get(i).shadow()) {
        return looks;
      }
    }
    List<OracleAnswer> answers = new ArrayList<>();
    for (int i = 0; i < looks.size(); i++) {
      answers.add(
          looks.get(i).allowed()
              ? model(request.policies().get(i), request).check(arrival.at(), request.cost())
              : looks.get(i));
    }
    return answers;
  }

  private OracleAnswer look(ScopedPolicy policy, ScheduledRequest arrival) {
    Request request = arrival.request();
    return request.cost() > policy.policy().limit().maxCost()
        ? new OracleAnswer(false, 0, 0, 0, 0)
        : model(policy, request).look(arrival.at(), request.cost());
  }

  private Oracle model(ScopedPolicy policy, Request request) {
    String key = policy.scope() == Scope.TENANT ? null : request.key();
    return models.computeIfAbsent(
        new Counter(policy.name(), request.tenant(), key),
        absent -> Oracle.of(
            policy.policy().algorithm().id(), Scenario.rule(policy.policy().limit())));
  }
}
