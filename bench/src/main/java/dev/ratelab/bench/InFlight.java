package dev.ratelab.bench;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** Calls one after the other, up to so many of them without an answer at a time. */
public final class InFlight {
  private InFlight() {}

  /**
   * Makes all calls and returns when all are answered.
   *
   * @param call makes the call of a number, from 0
   * @param answered takes each answer, in the order of the calls
   * @throws InterruptedException if the thread is interrupted; calls may be unanswered then
   * @throws java.util.concurrent.CompletionException if a call failed
   */
  public static <T> void run(
      int calls, int most, IntFunction<CompletionStage<? extends T>> call, Consumer<T> answered)
      throws InterruptedException {
    Deque<CompletionStage<? extends T>> underWay = new ArrayDeque<>();
    for (int i = 0; i < calls || !underWay.isEmpty(); i++) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (i < calls) {
        underWay.add(call.apply(i));
      }
      if (underWay.size() == most || i >= calls) {
        answered.accept(underWay.remove().toCompletableFuture().join());
      }
    }
  }
}
