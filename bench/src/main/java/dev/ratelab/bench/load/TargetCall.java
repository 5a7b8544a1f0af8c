package dev.ratelab.bench.load;

import dev.ratelab.bench.Target;
import dev.ratelab.bench.load.OpenLoop.Answer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Requests to a {@link Target} of this process. */
final class TargetCall {
  private TargetCall() {}

  /**
   * Asks a target.
   *
   * @param target what is asked
   * @param async whether to go on without waiting for the answer
   * @param keys the key of each request, by number
   */
  public static OpenLoop.Call of(Target target, boolean async, IntFunction<String> keys) {
    if (async) {
      return request -> target
          .callAsync()
          .apply(keys.apply(request.number()))
          .whenComplete((answer, failure) -> request.answered(answer(answer, failure)));
    }
    return request -> {
      Answer answer;
      try {
        answer = answer(target.call().apply(keys.apply(request.number())), null);
      } catch (RuntimeException e) {
        answer = Answer.ERROR;
      }
      request.answered(answer);
    };
  }

  private static Answer answer(@Nullable Object answer, @Nullable Throwable failure) {
    return Target.failed(answer, failure) ? Answer.ERROR : Answer.PROPER;
  }
}
