package dev.ratelab.limiter.redis;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** A question to a {@link Lane}, which completes with its answer. */
final class LaneQuestion<Q, A> extends CompletableFuture<A> {
  final Q asked;

  /** When its deadline is over, in nanoseconds of the lane's time. */
  final long end;

  /** Who waits for it, if somebody does. */
  final @Nullable Thread thread;

  /**
   * The call that its thread is to send. Written by this thread, while it moves the lane on; read by others that move it on.
   */
  @Nullable
  LaneCall<Q, A> alone;

  /** What has come after it, while both wait to be sent. Written by the thread that moves the lane on. */
  @Nullable
  LaneQuestion<Q, A> next;

  /**
   * Whether it is in a chain of those to be ended, or was: it is put there once. Written by the thread that moves the lane on, which clears it
   * where an error kept the question from being ended.
   */
  boolean ending;

  /** What keeps it from being sent, if not its deadline. Written by the thread that moves the lane on. */
  @Nullable
  Throwable why;

  /**
   * The next in a chain of those to be ended. Written by the thread that moves the lane on, for those to be ended when the lane is free; then
   * by the thread that ends them, for those that an error kept from it.
   */
  @Nullable
  LaneQuestion<Q, A> before;

  LaneQuestion(Q asked, long end, @Nullable Thread thread) {
    this.asked = asked;
    this.end = end;
    this.thread = thread;
  }

  void late() {
    end(
        0,
        null,
        why == null ? RedisFailure.late("Redis did not answer by the deadline", null) : why);
  }

  void end(int place, @Nullable IntFunction<A> answers, @Nullable Throwable failure) {
    if (!isDone()) {
      try {
        if (answers == null) {
          completeExceptionally(Objects.requireNonNullElseGet(
              failure, () -> new IllegalStateException("no answers")));
        } else {
          complete(answers.apply(place));
        }
      } catch (RuntimeException | Error e) {
        completeExceptionally(e);
      } finally {
        if (thread != null) {
          LockSupport.unpark(thread);
        }
      }
    }
  }
}
