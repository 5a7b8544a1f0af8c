package dev.ratelab.server.http;

import dev.ratelab.server.telemetry.LoggedTask;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.TimeUnit;

/** Tells a connection's handlers that the server is about to close: answer what was read, and end. */
enum Drain {
  NOW;

  /** How long an idle connection still takes a request that was on its way when the server began to close. */
  static final long LAST_CALL_MILLIS = 200;

  /** Tells all handlers of a connection. Any thread may call it. */
  static void tell(Channel connection) {
    connection.eventLoop().execute(() -> connection.pipeline().fireUserEventTriggered(NOW));
  }

  static void afterLastCall(ChannelHandlerContext ctx, Runnable then) {
    var unused =
        ctx.executor().schedule(new LoggedTask(then), LAST_CALL_MILLIS, TimeUnit.MILLISECONDS);
  }
}
