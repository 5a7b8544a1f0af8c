package dev.ratelab.verification.property;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleRule;
import dev.ratelab.verification.subject.Caller;
import dev.ratelab.verification.subject.LimiterSubject;
import dev.ratelab.verification.subject.ScheduledRequest;
import dev.ratelab.verification.subject.Step;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What arrives: at one key of one policy, or at several keys of tenants and policies. Times fall only where a clock goes back. */
public record Scenario(List<ScopedPolicy> policies, List<Arrival> arrivals) {
  static final String NAMESPACE = "n";

  /** A scenario of at least one policy and arrival. */
  public Scenario {
    policies = List.copyOf(policies);
    arrivals = List.copyOf(arrivals);
    if (arrivals.isEmpty()) {
      throw new IllegalArgumentException("a scenario has at least one arrival");
    }
  }

  public Scenario(Policy policy, List<Arrival> arrivals) {
    this(List.of(ScopedPolicy.perKey(policy)), arrivals);
  }

  /** The first policy, and the only one in most scenarios. */
  public Policy policy() {
    return policies.get(0).policy();
  }

  /** Whether all of it is at one key of one policy, which is enforced. */
  public boolean isOfOneKey() {
    return policies.equals(List.of(ScopedPolicy.perKey(policy())))
        && arrivals.stream().allMatch(Arrival::isPlain);
  }

  /** The decisions of a subject on this scenario alone, each of all the policies that a request names. */
  public List<Decision> decide(VerifiedSubject subject) {
    return isOfOneKey()
        ? subject.decide(steps())
        : answers((LimiterSubject) subject).stream()
            .map(RequestDecision::decision)
            .toList();
  }

  /** What each policy says to each request. */
  List<RequestDecision> answers(LimiterSubject subject) {
    return subject.answer(requests());
  }

  /** The requests, of whichever policies and tenants. Throws {@link IllegalArgumentException} if no limiter takes one of them. */
  public List<ScheduledRequest> requests() {
    return arrivals.stream()
        .map(arrival -> new ScheduledRequest(
            NAMESPACE,
            arrival.at(),
            new Request(
                arrival.tenant(),
                arrival.key(),
                arrival.cost(),
                arrival.policies().stream().map(policies::get).toList())))
        .toList();
  }

  List<Step> steps() {
    Caller caller = new Caller(NAMESPACE, policy(), Arrival.KEY);
    return arrivals.stream().map(arrival -> arrival.by(caller)).toList();
  }

  /** The same requests under another algorithm. */
  Scenario with(Algorithm algorithm) {
    return new Scenario(Policy.of(policy().name(), algorithm, policy().limit()), arrivals);
  }

  Scenario with(List<Arrival> others) {
    return new Scenario(policies, others);
  }

  public OracleRule rule() {
    return rule(policy().limit());
  }

  public static OracleRule rule(Limit limit) {
    return new OracleRule(limit.permits(), limit.windowMicros(), limit.burst(), limit.buckets());
  }

  public Oracle oracle() {
    return Oracle.of(policy().algorithm().id(), rule());
  }

  /** One line: the policy, the first instant, then each gap and cost. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(describe());
    long before = arrivals.get(0).at();
    line.append(" from ").append(before).append(" µs:");
    for (Arrival arrival : arrivals) {
      line.append(String.format(
          Locale.ROOT, " %+d×%s%s", arrival.at() - before, arrival.cost(), asked(arrival)));
      before = arrival.at();
    }
    return line.toString();
  }

  /** Who asks and of which policies, where that is not always the same. */
  String asked(Arrival arrival) {
    return isOfOneKey()
        ? ""
        : " [tenant %s, key %s, policies %s]"
            .formatted(arrival.tenant(), arrival.key(), arrival.policies());
  }

  public String describe() {
    return policies.stream().map(Scenario::describe).collect(Collectors.joining("; "));
  }

  private static String describe(ScopedPolicy scoped) {
    Policy policy = scoped.policy();
    Limit limit = policy.limit();
    Lease lease = policy.lease();
    return "%s %s per %s µs, %s %s%s%s%s"
        .formatted(
            policy.algorithm(),
            limit.permits(),
            limit.windowMicros(),
            policy.algorithm().usesBuckets() ? "buckets" : "burst",
            policy.algorithm().parameter(limit),
            lease == null
                ? ""
                : ", leases of %s for %s µs".formatted(lease.permits(), lease.micros()),
            scoped.scope() == Scope.TENANT ? ", per tenant" : "",
            scoped.shadow() ? ", in shadow" : "");
  }
}
