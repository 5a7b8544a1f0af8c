package dev.ratelab.server;

import dev.ratelab.server.telemetry.Telemetry;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the figures of each second to the connections that watch, and asks after the backend's health as often, so that they tell
 * of it without traffic. Nothing is gathered while nobody watches.
 */
// A reader that cannot be written to is closed, and that is all there is to do.
@SuppressWarnings("FutureReturnValueIgnored")
final class LiveFeed {
  /** How many connections may watch at once. */
  static final int MAX_READERS = 16;

  private static final Logger LOG = LoggerFactory.getLogger(LiveFeed.class);

  private final Telemetry telemetry;
  private final ServerOptions options;
  private final Set<Channel> readers = new HashSet<>();
  private boolean closed;

  LiveFeed(Telemetry telemetry, ServerOptions options) {
    this.telemetry = telemetry;
    this.options = options;
    telemetry.observeReaders(this::watching);
  }

  /** Sends to this connection from now on, until it closes. False if there are too many already, or this feed is closed. */
  synchronized boolean join(Channel reader) {
    if (closed || readers.size() == MAX_READERS) {
      return false;
    }
    if (readers.isEmpty()) {
      telemetry.watch(this::send);
    }
    readers.add(reader);
    reader.closeFuture().addListener(gone -> leave(reader));
    return true;
  }

  /** Sends one event to all. Whoever has not read the ones before, up to the socket's and Netty's bounds, is dropped. */
  void send(String json) {
    byte[] event = ("data: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
    for (Channel reader : readers()) {
      if (reader.isWritable()) {
        reader.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(event)));
      } else {
        reader.close();
      }
    }
    try {
      var unused = options.health().get();
    } catch (RuntimeException e) {
      LOG.error("the backend's health could not be asked for", e);
    }
  }

  /** Takes no more readers and closes those there are. */
  void close() {
    synchronized (this) {
      closed = true;
    }
    readers().forEach(Channel::close);
  }

  private synchronized int watching() {
    return readers.size();
  }

  private synchronized List<Channel> readers() {
    return List.copyOf(readers);
  }

  private synchronized void leave(Channel reader) {
    readers.remove(reader);
    if (readers.isEmpty()) {
      telemetry.unwatch();
    }
  }
}
