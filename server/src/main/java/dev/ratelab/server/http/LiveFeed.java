package dev.ratelab.server.http;

import dev.ratelab.server.telemetry.Dropped;
import dev.ratelab.server.telemetry.Telemetry;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the figures of each second to the connections that watch, and asks after the backend's health as often, so that they tell
 * of it without traffic. Nothing is gathered while nobody watches.
 */
// A reader that cannot be written to is closed, and that is all there is to do.
@SuppressWarnings("FutureReturnValueIgnored")
public final class LiveFeed {
  static final int MAX_READERS = 16;

  private static final int BUFFERED_BYTES = 4096;
  private static final Logger LOG = LoggerFactory.getLogger(LiveFeed.class);

  private final Telemetry telemetry;
  private final ServerOptions options;
  private final Map<Channel, Sent> readers = new LinkedHashMap<>();
  private final LongSupplier nanoTime;
  private boolean closed;

  public LiveFeed(Telemetry telemetry, ServerOptions options) {
    this(telemetry, options, System::nanoTime);
  }

  public LiveFeed(Telemetry telemetry, ServerOptions options, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.telemetry = telemetry;
    this.options = options;
    telemetry.observeReaders(this::watching);
  }

  /**
   * Sends to this connection from now on, until it closes or is the oldest of too many. The oldest goes, since a reader that has left without
   * a word is not noticed for minutes, and a browser connects again. False if this feed is closed.
   */
  synchronized boolean join(Channel reader) {
    if (closed) {
      return false;
    }
    if (readers.size() == MAX_READERS) {
      Channel oldest = readers.keySet().iterator().next();
      readers.remove(oldest);
      telemetry.dropped(Dropped.TOO_MANY);
      oldest.close();
    }
    if (readers.isEmpty()) {
      telemetry.watch(this::send);
    }
    readers.put(reader, new Sent(reader.newSucceededFuture(), 0));
    // Else the system would keep unread events for minutes, as many as fit in its own buffer.
    reader.config().setOption(ChannelOption.SO_SNDBUF, BUFFERED_BYTES);
    reader.closeFuture().addListener(gone -> leave(reader));
    return true;
  }

  /**
   * Sends one event to all that have taken the one before. Whoever leaves one waiting for longer than the write timeout, once the system's buffers
   * are full, is dropped.
   */
  void send(String json) {
    byte[] event = ("data: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
    long now = nanoTime.getAsLong();
    readers().forEach((reader, before) -> {
      if (before.done.isDone()) {
        ChannelFuture done = reader.writeAndFlush(Unpooled.wrappedBuffer(event));
        sent(reader, new Sent(done, now));
      } else if (now - before.nanos >= options.limits().writeTimeout().toNanos()) {
        telemetry.dropped(Dropped.SLOW_READER);
        reader.close();
      }
    });
    try {
      var unused = options.health().get();
    } catch (RuntimeException e) {
      LOG.error("the backend's health could not be asked for", e);
    }
  }

  public void close() {
    synchronized (this) {
      closed = true;
    }
    readers().keySet().forEach(Channel::close);
  }

  private synchronized int watching() {
    return readers.size();
  }

  private synchronized Map<Channel, Sent> readers() {
    return Map.copyOf(readers);
  }

  private synchronized void sent(Channel reader, Sent event) {
    readers.replace(reader, event);
  }

  private synchronized void leave(Channel reader) {
    readers.remove(reader);
    if (readers.isEmpty()) {
      telemetry.unwatch();
    }
  }

  private record Sent(ChannelFuture done, long nanos) {}
}
