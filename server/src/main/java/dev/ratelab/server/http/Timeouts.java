package dev.ratelab.server.http;

import dev.ratelab.server.telemetry.LoggedTask;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** How long one connection waits for its client. All of it runs on the connection's event loop. */
final class Timeouts {
  private final ChannelHandlerContext context;
  private final ServerOptions options;
  private final BiConsumer<String, Duration> late;
  private Part part = Part.NOTHING;
  private long number;
  private @Nullable Future<?> arrival;
  private @Nullable Future<?> reader;
  private @Nullable Future<?> idle;

  /** Waits for nothing yet. What is late is told with the time that it had. */
  Timeouts(
      ChannelHandlerContext context, ServerOptions options, BiConsumer<String, Duration> late) {
    this.context = context;
    this.options = options;
    this.late = late;
  }

  /** Has a check made each time that the client may rest. */
  void watchIdle(Runnable check) {
    long period = options.idleTimeout().toNanos();
    idle = context
        .executor()
        .scheduleAtFixedRate(new LoggedTask(check), period, period, TimeUnit.NANOSECONDS);
  }

  /** What has begun to arrive must end in time, whatever trickles in meanwhile. The number of heads tells one request from the next. */
  void watchArrival(Part now, long request) {
    if (now == part && request == number) {
      return;
    }
    cancel(arrival);
    part = now;
    number = request;
    if (now != Part.NOTHING) {
      awaitArrival();
    }
  }

  private void awaitArrival() {
    boolean head = part == Part.HEAD;
    Duration within = head ? options.limits().headTimeout() : options.limits().bodyTimeout();
    arrival = after(within, () -> {
      if (context.channel().config().isAutoRead()) {
        late.accept(head ? "the request's head" : "the request's body", within);
      } else {
        // It may have been sent: we do not read.
        awaitArrival();
      }
    });
  }

  /** Has something done if the client leaves answers unread for too long. */
  void watchReader(Runnable unread) {
    if (context.channel().isWritable()) {
      cancel(reader);
      reader = null;
    } else if (reader == null) {
      reader = after(options.limits().writeTimeout(), unread);
    }
  }

  Future<?> after(Duration delay, Runnable task) {
    return context.executor().schedule(new LoggedTask(task), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  void cancel() {
    cancel(arrival);
    cancel(reader);
    cancel(idle);
  }

  private static void cancel(@Nullable Future<?> check) {
    if (check != null) {
      check.cancel(false);
    }
  }

  /** What of a request has begun to arrive and is not whole. */
  enum Part {
    NOTHING,
    HEAD,
    BODY
  }
}
