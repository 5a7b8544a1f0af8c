package dev.ratelab.server.telemetry;

import dev.ratelab.limiter.memory.MemoryRateLimiter;
import dev.ratelab.server.telemetry.TopDenied.Denied;
import dev.ratelab.server.telemetry.TopDenied.Who;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Tells the reader of the live page, if there is one, of each second. */
final class LiveTicks {
  private final ScheduledExecutorService executor;
  private final LiveFigures figures;
  private final LongSupplier inFlight;
  private volatile @Nullable RedisState redis;
  private volatile @Nullable MemoryRateLimiter store;
  private @Nullable ScheduledFuture<?> ticks;
  private long lastTick;

  LiveTicks(ScheduledExecutorService executor, LiveFigures figures, LongSupplier inFlight) {
    this.executor = executor;
    this.figures = figures;
    this.inFlight = inFlight;
  }

  void show(RedisState observed) {
    redis = observed;
  }

  void show(MemoryRateLimiter observed) {
    store = observed;
  }

  synchronized void watch(Consumer<String> reader) {
    figures.watch();
    lastTick = System.nanoTime();
    ticks =
        executor.scheduleAtFixedRate(new LoggedTask(() -> tick(reader)), 1, 1, TimeUnit.SECONDS);
  }

  synchronized void unwatch() {
    if (ticks != null) {
      ticks.cancel(false);
      ticks = null;
      figures.unwatch();
    }
  }

  private void tick(Consumer<String> reader) {
    String json;
    synchronized (this) {
      if (ticks == null) {
        return;
      }
      json = second().json();
    }
    reader.accept(json);
  }

  private LiveSecond second() {
    long now = System.nanoTime();
    double seconds = (now - lastTick) / (double) TimeUnit.SECONDS.toNanos(1);
    lastTick = now;
    RedisState state = redis;
    MemoryRateLimiter held = store;
    return new LiveSecond(
        System.currentTimeMillis(),
        seconds,
        figures.takeChecks(),
        inFlight.getAsLong(),
        LiveSecond.Latency.of(figures.takeLatencies()),
        state == null ? null : new LiveSecond.Redis(state.client(), state.up(), state.failures()),
        held == null ? null : held.counters(),
        figures.topDenied().stream().map(LiveTicks::shown).toList());
  }

  private static LiveSecond.Top shown(Denied denied) {
    Who who = denied.who();
    return new LiveSecond.Top(
        who.policy(), who.isTenant() ? "tenant" : "key", who.name(), denied.count());
  }
}
