package dev.ratelab.verification.history;

import dev.ratelab.limiter.Decision;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Why a history has no order: the longest one that could be found, and all that could come next but was answered otherwise.
 *
 * @param order the operations of one key, in an order in which the model gives the same answers
 * @param state the model's state after them, as text
 * @param next what could come next in real time
 */
public record HistoryCounterexample(
    List<RecordedCall> order, String state, List<Contradiction> next) {
  private static final int SHOWN = 5;

  /**
   * An operation that could come next.
   *
   * @param operation what was seen
   * @param expected what the model answers
   */
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
