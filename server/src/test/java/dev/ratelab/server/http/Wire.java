package dev.ratelab.server.http;

import dev.ratelab.server.check.ActivePolicies;
import dev.ratelab.server.check.TestResources;
import dev.ratelab.server.telemetry.Telemetry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DuplexChannel;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** A connection without a socket, whose server's side can be shut like a socket's. */
final class Wire extends EmbeddedChannel implements DuplexChannel {
  private boolean outputShut;

  /** A connection of a server, in whose time nothing passes by itself. */
  static Wire serving(
      Supplier<ActivePolicies> policies,
      ServerOptions options,
      Telemetry telemetry,
      RequestMemory memory) {
    Wire wire = new Wire();
    wire.freezeTime();
    HttpService service =
        new HttpService(TestResources.of(policies, options, telemetry), telemetry);
    Pipeline.open(wire, service, options, memory);
    return wire;
  }

  Wire send(String text) {
    writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
    runPendingTasks();
    return this;
  }

  /** What the server has sent since this was last asked. */
  String answers() {
    StringBuilder text = new StringBuilder();
    // A flush outside a read waits for others.
    runPendingTasks();
    for (ByteBuf part = readOutbound(); part != null; part = readOutbound()) {
      text.append(part.toString(StandardCharsets.ISO_8859_1));
      part.release();
    }
    return text.toString();
  }

  @Override
  public boolean isInputShutdown() {
    return false;
  }

  @Override
  public ChannelFuture shutdownInput() {
    return newSucceededFuture();
  }

  @Override
  public ChannelFuture shutdownInput(ChannelPromise promise) {
    return promise.setSuccess();
  }

  @Override
  public boolean isOutputShutdown() {
    return outputShut;
  }

  @Override
  public ChannelFuture shutdownOutput() {
    return shutdownOutput(newPromise());
  }

  @Override
  public ChannelFuture shutdownOutput(ChannelPromise promise) {
    outputShut = true;
    return promise.setSuccess();
  }

  @Override
  public boolean isShutdown() {
    return outputShut;
  }

  @Override
  public ChannelFuture shutdown() {
    return shutdownOutput();
  }

  @Override
  public ChannelFuture shutdown(ChannelPromise promise) {
    return shutdownOutput(promise);
  }
}
