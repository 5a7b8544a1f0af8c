package dev.ratelab.server.telemetry;

import dev.ratelab.limiter.FailureCause;
import dev.ratelab.limiter.redis.ForwardingClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisFailure;
import dev.ratelab.limiter.redis.Script;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.opentelemetry.api.trace.Span;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A client whose calls are counted and timed. A call that failed at its deadline or later is a timeout; one that failed before is an
 * error: refused, broken off, or answered with an error.
 */
final class MeteredRedis extends ForwardingClient {
  private final RedisState state;
  private final Timer duration;
  private final Counter timeouts;
  private final Counter errors;
  private final Traces traces;

  MeteredRedis(
      RedisClient client,
      RedisState state,
      Timer duration,
      Counter timeouts,
      Counter errors,
      Traces traces) {
    super(client);
    this.state = state;
    this.duration = duration;
    this.timeouts = timeouts;
    this.errors = errors;
    this.traces = traces;
  }

  @Override
  public List<Long> run(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return blocking(deadline, begun(script), () -> super.run(script, keys, arguments, deadline));
  }

  @Override
  public List<byte[]> runForStrings(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return blocking(
        deadline, begun(script), () -> super.runForStrings(script, keys, arguments, deadline));
  }

  @Override
  public CompletionStage<List<Long>> runAsync(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return async(deadline, begun(script), () -> super.runAsync(script, keys, arguments, deadline));
  }

  @Override
  public CompletionStage<?> ping(Duration deadline) {
    return async(deadline, Span.getInvalid(), () -> super.ping(deadline).thenApply(reply -> true));
  }

  @Override
  public void pingBlocking(Duration deadline) {
    blocking(deadline, Span.getInvalid(), () -> {
      super.pingBlocking(deadline);
      return true;
    });
  }

  private Span begun(Script script) {
    return traces.script(script.name());
  }

  private <T> T blocking(Duration deadline, Span span, Supplier<T> call) {
    long start = System.nanoTime();
    T reply;
    try {
      reply = call.get();
    } catch (RedisFailure e) {
      failed(e, start, deadline, span);
      throw e;
    }
    answered(start, span);
    return reply;
  }

  private <T> CompletionStage<T> async(
      Duration deadline, Span span, Supplier<CompletionStage<T>> call) {
    long start = System.nanoTime();
    return call.get().whenComplete((reply, failure) -> {
      if (failure == null) {
        answered(start, span);
      } else {
        failed(failure, start, deadline, span);
      }
    });
  }

  private void answered(long start, Span span) {
    duration.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    Traces.replied(span, null);
  }

  private void failed(Throwable failure, long start, Duration deadline, Span span) {
    long nanos = System.nanoTime() - start;
    duration.record(nanos, TimeUnit.NANOSECONDS);
    Throwable why = FailureCause.of(failure);
    if (nanos >= deadline.toNanos()) {
      timeouts.increment();
      state.late();
    } else {
      errors.increment();
      state.broken(why);
    }
    Traces.replied(span, why);
  }
}
