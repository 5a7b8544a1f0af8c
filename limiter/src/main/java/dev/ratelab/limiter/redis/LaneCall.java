package dev.ratelab.limiter.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Questions of a {@link Lane} that are sent together. The thread that moves the lane on writes all fields. Only {@link #over} is
 * written by another thread too.
 */
final class LaneCall<Q, A> {
  final List<LaneQuestion<Q, A>> members;

  /** What the members ask, in the same places. */
  final List<Q> asked;

  /** When the first of the members ends. */
  long firstEnd = Lane.NONE;

  /** When the last of them does. */
  long lastEnd;

  /** From then on it holds nobody up. */
  long patience;

  /** Null until it is sent. */
  @Nullable
  CompletionStage<IntFunction<A>> answers;

  /**
   * Whether it holds nobody up any more. Written by the thread that moves the lane on, if the call is answered where it is sent or cannot
   * be sent, and else by the thread that has its answers.
   */
  volatile boolean over;

  /** The one begun before it in the same round; they are listened to when the lane is free. */
  @Nullable
  LaneCall<Q, A> before;

  LaneCall(int size) {
    members = new ArrayList<>(size);
    asked = new ArrayList<>(size);
  }

  void add(LaneQuestion<Q, A> question) {
    members.add(question);
    asked.add(question.asked);
    firstEnd = Math.min(firstEnd, question.end);
    lastEnd = Math.max(lastEnd, question.end);
  }

  /** Whether all are done. They are ended in their order, so the last one tells most. */
  boolean isAnswered() {
    for (int i = members.size() - 1; i >= 0; i--) {
      if (!members.get(i).isDone()) {
        return false;
      }
    }
    return true;
  }
}
