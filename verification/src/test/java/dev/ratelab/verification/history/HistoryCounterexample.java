package dev.ratelab.verification.history;

import dev.ratelab.limiter.Decision;
import java.util.List;
import java.util.stream.Collectors;

/** Why a history has no order: the longest one that was found, the model's state after it, and all that could come next. */
public record HistoryCounterexample(
    List<RecordedCall> order, String state, List<Contradiction> next) {
  private static final int SHOWN = 5;

  /** An operation that could come next, and what the model answers. */
  public record Contradiction(RecordedCall operation, Decision expected) {}

  @Override
  public String toString() {
    return order.stream()
            .skip(Math.max(0, order.size() - SHOWN))
            .map(RecordedCall::toString)
            .collect(Collectors.joining(
                "\n  ", "%s operations have an order; the last:\n  ".formatted(order.size()), "\n"))
        + "state " + state + "\n"
        + next.stream()
            .map(one -> "next %s\n  the model answers %s".formatted(one.operation, one.expected))
            .collect(Collectors.joining("\n"));
  }
}
