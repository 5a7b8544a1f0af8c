package dev.ratelab.server.http;

import dev.ratelab.server.telemetry.Dropped;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Counts the open connections, and those of each address where that has a bound. Any thread may call it. */
public final class ConnectionLimit {
  /** A connection beyond the bound: it is asked for the server's health or refused. */
  static final AttributeKey<Boolean> SPARE = AttributeKey.valueOf("ratelab.spare");

  /** So that a server with many clients is not taken for one that hangs. */
  private static final int MAX_SPARE = 16;

  /**
   * What an open connection takes of the heap at most, in bytes: what was measured, and what {@link RequestMemory} leaves uncounted. Over TLS half a
   * handshake is with it, and the engine.
   */
  private static final int BYTES = 8 << 10;

  private static final int TLS_BYTES = 48 << 10;
  private static final int SHARE = 6;

  private final Deque<Channel> spare = new ArrayDeque<>();
  private final int max;
  private final int maxPerAddress;
  private final AtomicInteger open = new AtomicInteger();
  private final ConcurrentHashMap<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

  ConnectionLimit(ClientLimits limits) {
    max = limits.connections();
    maxPerAddress = limits.connectionsPerAddress();
  }

  /**
   * How many connections fit a sixth of the heap. The store takes a sixth of it at most, policies that fall back to {@code local} another, and
   * requests one too: the last third is for all else.
   */
  public static int most(boolean tls) {
    long most = Runtime.getRuntime().maxMemory() / SHARE / (tls ? TLS_BYTES : BYTES);
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, most));
  }

  /** Counts a new connection until it closes. Returns null, or why it is one too many: then it is not counted. */
  @Nullable
  Dropped refusal(Channel connection) {
    if (open.incrementAndGet() > max) {
      open.decrementAndGet();
      return Dropped.TOO_MANY;
    }
    InetAddress address = address(connection);
    if (address != null && byAddress.merge(address, 1, Integer::sum) > maxPerAddress) {
      leave(address);
      open.decrementAndGet();
      return Dropped.TOO_MANY_FROM_ADDRESS;
    }
    connection.closeFuture().addListener(closed -> {
      open.decrementAndGet();
      if (address != null) {
        leave(address);
      }
    });
    return null;
  }

  /** Has a connection beyond the bound stay for one question. The oldest of them is told {@link Connection.Notice#GIVE_WAY} if there are too many. */
  void spare(Channel connection) {
    connection.attr(SPARE).set(true);
    Channel oldest = null;
    synchronized (spare) {
      spare.add(connection);
      if (spare.size() > MAX_SPARE) {
        oldest = spare.remove();
      }
    }
    // After it was added: it may be closed by now.
    connection.closeFuture().addListener(closed -> {
      synchronized (spare) {
        spare.remove(connection);
      }
    });
    if (oldest != null) {
      oldest.pipeline().fireUserEventTriggered(Connection.Notice.GIVE_WAY);
    }
  }

  private @Nullable InetAddress address(Channel connection) {
    return maxPerAddress > 0 && connection.remoteAddress() instanceof InetSocketAddress remote
        ? remote.getAddress()
        : null;
  }

  private void leave(InetAddress address) {
    byAddress.computeIfPresent(address, (known, count) -> count == 1 ? null : count - 1);
  }
}
