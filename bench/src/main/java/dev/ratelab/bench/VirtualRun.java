package dev.ratelab.bench;

import dev.ratelab.bench.peer.PeerLimiter;
import dev.ratelab.bench.workload.VirtualRequest;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Decides on arrivals in virtual time: each at its own instant, whatever the real clock says, so that a subject's
 * decisions depend on the arrivals alone. A limiter on Redis gets the instants as arguments of its script.
 */
public final class VirtualRun {
  /** Calls kept unanswered at a time: enough to hide a network, few enough for every client's queue. */
  private static final int BATCH = 1_000;

  private VirtualRun() {}

  /**
   * Decides on all arrivals from an empty state.
   *
   * @param arrivals in their order; the instants must not fall
   * @param name tells this virtual run from all others of the same subject and targets: part of a policy's name
   * @return the decisions, in the arrivals' order
   * @throws IllegalStateException if the backend did not decide
   */
  public static List<Decision> decide(
      Targets targets, Subject subject, Limit limit, String name, List<VirtualRequest> arrivals)
      throws InterruptedException {
    AtomicLong clock = new AtomicLong();
    List<Decision> decisions = new ArrayList<>(arrivals.size());
    // Both clients reach one server: the policy's name keeps their states apart.
    ScopedPolicy policy = ScopedPolicy.perKey(
        subject.policy(limit, String.join("-", name, subject.name(), subject.client())));
    Set<String> seen = new HashSet<>();
    try (RateLimiter limiter = targets.limiter(subject, clock::get)) {
      List<CompletionStage<RequestDecision>> answers = new ArrayList<>(BATCH);
      for (int from = 0; from < arrivals.size(); from += BATCH) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        for (VirtualRequest arrival :
            arrivals.subList(from, Math.min(from + BATCH, arrivals.size()))) {
          clock.set(arrival.at());
          CompletionStage<RequestDecision> answer =
              limiter.checkAsync(Request.of(policy, arrival.key(), arrival.cost()));
          answers.add(answer);
          // A node that does not know the script yet may answer a key's first calls out of order.
          if (subject.isRemote() && seen.add(arrival.key())) {
            var unused = decision(subject, answer);
          }
        }
        for (CompletionStage<RequestDecision> answer : answers) {
          decisions.add(decision(subject, answer));
        }
        answers.clear();
      }
    }
    return decisions;
  }

  /**
   * Whether each arrival is admitted, also by a peer in this process that takes a clock.
   *
   * @param name as in {@link #decide}
   * @throws IllegalStateException if the backend did not decide
   */
  public static List<Boolean> admit(
      Targets targets, Subject subject, Limit limit, String name, List<VirtualRequest> arrivals)
      throws InterruptedException {
    if (subject.peer().isEmpty()) {
      return decide(targets, subject, limit, name, arrivals).stream()
          .map(Decision::allowed)
          .toList();
    }
    AtomicLong clock = new AtomicLong();
    List<Boolean> admitted = new ArrayList<>(arrivals.size());
    try (PeerLimiter peer = targets.peer(subject, limit, clock::get)) {
      for (VirtualRequest arrival : arrivals) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        clock.set(arrival.at());
        admitted.add(
            peer.ask(arrival.key(), arrival.cost()).toCompletableFuture().join().allowed());
      }
    }
    return admitted;
  }

  private static Decision decision(Subject subject, CompletionStage<RequestDecision> answer) {
    Decision decision = answer.toCompletableFuture().join().decision();
    if (decision.decidedBy() != null) {
      throw new IllegalStateException(subject.title() + " left a request without a decision");
    }
    return decision;
  }
}
