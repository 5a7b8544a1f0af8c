package dev.ratelab.limiter.redis;

import java.io.IOException;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisRedirectionException;

/**
 * Connections to one Redis or to the nodes of one cluster, each for one call at a time. All waits end by the call's deadline. Thread-safe.
 */
final class JedisConnections {
  private static final int MOST = 64;

  // What lies between may drop connections that rest without a word; the call that finds out is
  // lost.
  private static final Duration MAX_REST = Duration.ofSeconds(30);

  private final RedisAddress address;
  private final @Nullable SSLSocketFactory tls;
  private final Consumer<HostAndPort> left;
  private final Semaphore free = new Semaphore(MOST);
  private final ConcurrentHashMap<HostAndPort, Deque<DeadlineConnection>> idle =
      new ConcurrentHashMap<>();
  private final Set<DeadlineConnection> open = ConcurrentHashMap.newKeySet();
  private volatile boolean cluster;
  private volatile boolean closed;

  /**
   * Connects to nobody yet.
   *
   * @param left told of a node to which connections were closed, as it is the wrong server
   */
  JedisConnections(RedisAddress address, Consumer<HostAndPort> left) {
    this.address = address;
    this.left = left;
    tls = address.tls() ? address.files().sockets() : null;
  }

  /** From now on they are those to nodes of a cluster. */
  void toCluster() {
    cluster = true;
  }

  boolean areToCluster() {
    return cluster;
  }

  boolean areClosed() {
    return closed;
  }

  /** All, also those on which calls are under way: these fail. */
  void close() {
    closed = true;
    open.forEach(this::discard);
  }

  Set<HostAndPort> nodes() {
    return idle.keySet();
  }

  /** A node that may be asked. */
  void know(HostAndPort node) {
    var unused = idleAt(node);
  }

  void forget(HostAndPort node) {
    Deque<DeadlineConnection> resting = idle.remove(node);
    if (resting != null) {
      resting.forEach(this::discard);
    }
  }

  /**
   * Sends a command on a connection to a node, until an instant of {@link System#nanoTime()}.
   *
   * @throws RedisFailure if the deadline passed before
   */
  Object on(HostAndPort node, long end, CommandArguments command) {
    return on(node, end, connection -> connection.executeCommand(command));
  }

  /** As {@link #on}, for a key on its way to this node, which asks to be told so. */
  Object onAsking(HostAndPort node, long end, CommandArguments command) {
    return on(node, end, connection -> {
      connection.executeCommand(Command.ASKING);
      return connection.executeCommand(command);
    });
  }

  private Object on(HostAndPort node, long end, Function<Connection, Object> call) {
    acquire(end);
    try {
      requireOpen();
      DeadlineConnection connection = take(node);
      if (connection == null) {
        connection = open(node, end);
      }
      if (System.nanoTime() >= end) {
        giveBack(node, connection);
        throw RedisFailure.late("the deadline passed before the call was sent", null);
      }
      boolean clean = false;
      boolean wrong = false;
      try {
        connection.until(end);
        Object reply = call.apply(connection);
        clean = true;
        return reply;
      } catch (JedisDataException e) {
        // An error is an answer too; the connection is in step.
        clean = true;
        wrong = WrongServer.says(e.getMessage())
            && !(cluster && e instanceof JedisRedirectionException);
        throw e;
      } finally {
        if (clean) {
          giveBack(node, connection);
        } else {
          discard(connection);
        }
        if (wrong) {
          leave(node);
        }
      }
    } catch (JedisConnectionException e) {
      // What broke one connection has mostly broken them all, unless it was an interrupt.
      if (!Thread.currentThread().isInterrupted()) {
        dropIdle(node);
      }
      throw e;
    } finally {
      free.release();
    }
  }

  private void acquire(long end) {
    try {
      if (!free.tryAcquire(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
        throw RedisFailure.late(
            "all %s connections were busy until the deadline".formatted(MOST), null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RedisFailure("interrupted while waiting for a connection", e);
    }
  }

  private @Nullable DeadlineConnection take(HostAndPort node) {
    DeadlineConnection connection = idleAt(node).pollFirst();
    while (connection != null
        && (connection.restedFor(MAX_REST.toNanos()) || !connection.quiet())) {
      discard(connection);
      connection = idleAt(node).pollFirst();
    }
    return connection;
  }

  private DeadlineConnection open(HostAndPort node, long end) {
    DeadlineConnection connection = DeadlineConnection.open(node, tls, config(), end);
    open.add(connection);
    if (closed) {
      discard(connection);
    }
    requireOpen();
    return connection;
  }

  private void requireOpen() {
    if (closed) {
      throw new RedisFailure("the client is closed", null);
    }
  }

  private JedisClientConfig config() {
    return JedisClient.login(address)
        .database(cluster ? 0 : address.database())
        // No HELLO and no CLIENT SETINFO: each would cost a new connection a round trip.
        .serverDefaultProtocol()
        .clientSetInfoConfig(ClientSetInfoConfig.DISABLED)
        .build();
  }

  private Deque<DeadlineConnection> idleAt(HostAndPort node) {
    return idle.computeIfAbsent(node, absent -> new ConcurrentLinkedDeque<>());
  }

  private void giveBack(HostAndPort node, DeadlineConnection connection) {
    connection.rest();
    // One step, or it could be put to those of a node that is forgotten meanwhile.
    idle.compute(node, (same, known) -> {
      Deque<DeadlineConnection> resting = known == null ? new ConcurrentLinkedDeque<>() : known;
      resting.addFirst(connection);
      return resting;
    });
  }

  /** Closes the connections to a server that is the wrong one, unless they are new. */
  void leave(HostAndPort node) {
    Deque<DeadlineConnection> resting = idleAt(node);
    for (DeadlineConnection each : List.copyOf(resting)) {
      if (each.openFor(WrongServer.PATIENCE.toNanos()) && resting.remove(each)) {
        discard(each);
        left.accept(node);
      }
    }
  }

  private void dropIdle(HostAndPort node) {
    Deque<DeadlineConnection> resting = idleAt(node);
    for (DeadlineConnection next = resting.pollFirst(); next != null; next = resting.pollFirst()) {
      discard(next);
    }
  }

  /** Not Connection.close(), which would first send what waits in its buffer. */
  private void discard(DeadlineConnection connection) {
    open.remove(connection);
    try {
      connection.forceDisconnect();
    } catch (IOException e) {
      // It was broken already.
    }
  }
}
