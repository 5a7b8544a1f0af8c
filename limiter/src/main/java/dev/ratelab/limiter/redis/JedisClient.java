package dev.ratelab.limiter.redis;

import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisAskDataException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;
import redis.clients.jedis.exceptions.JedisRedirectionException;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * Redis over Jedis: synchronous, each call on a connection of its own from a pool. The pool is not Jedis's, whose waits for a
 * connection, for connecting and for logging in are fixed when it is made; here all of them end by the call's deadline.
 */
public final class JedisClient implements RedisClient {
  private static final Duration CONNECT = Duration.ofSeconds(5);

  /** As long as each node is asked for the slots: one that is silent must not keep them from being learnt of the next. */
  private static final Duration ASK = Duration.ofSeconds(1);

  private static final int MAX_CONNECTIONS = 64;
  private static final int MAX_REDIRECTIONS = 5;

  // What lies between may drop connections that rest without a word; the call that finds out is
  // lost.
  private static final Duration MAX_REST = Duration.ofSeconds(30);
  private static final int THREADS = 16;

  // One key's calls all wait in one; whoever bounds the calls to Redis does so below this.
  private static final int QUEUE = 1 << 16;

  private final RedisAddress address;
  private final HostAndPort seed;
  private final @Nullable SSLSocketFactory tls;
  private final Semaphore free = new Semaphore(MAX_CONNECTIONS);
  private final ConcurrentHashMap<HostAndPort, Deque<DeadlineConnection>> idle =
      new ConcurrentHashMap<>();
  private final Set<DeadlineConnection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicReferenceArray<@Nullable HostAndPort> slots =
      new AtomicReferenceArray<>(1 << 14);
  private final AtomicBoolean refreshing = new AtomicBoolean();
  private final ExecutorService background = stripe("ratelab-jedis-slots");
  private final List<ExecutorService> stripes = IntStream.range(0, THREADS)
      .<ExecutorService>mapToObj(i -> stripe("ratelab-jedis-" + i))
      .toList();
  private volatile boolean cluster;
  private volatile boolean closed;

  private JedisClient(RedisAddress address) {
    this.address = address;
    seed = new HostAndPort(address.host(), address.port());
    tls = address.tls() ? address.files().sockets() : null;
  }

  /**
   * Connects, and asks the server whether it belongs to a cluster.
   *
   * @throws RedisFailure if nothing answers, the server's certificate or the login is refused, or the server is too old
   */
  public static JedisClient connect(RedisAddress address) {
    long end = end(CONNECT);
    JedisClient client = new JedisClient(address);
    String failed = "%s does not answer as a Redis: %s";
    try {
      Object info = client.on(client.seed, end, call(new CommandArguments(Command.INFO)));
      if (ServerInfo.parse(text(info)).cluster()) {
        failed = "the cluster at %s does not answer: %s";
        client.cluster = true;
        client.learnSlots(client.seed, end);
      }
      return client;
    } catch (RuntimeException e) {
      client.close();
      throw new RedisFailure(failed.formatted(address, refusal(address, e)), e);
    }
  }

  @Override
  public String name() {
    return "jedis";
  }

  @Override
  public boolean clustered() {
    return cluster;
  }

  @Override
  public boolean pipelines() {
    return false;
  }

  @Override
  public List<Long> run(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return runUntil(script, keys, arguments, end(deadline), Reply::integers);
  }

  @Override
  public List<byte[]> runForStrings(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return runUntil(script, keys, arguments, end(deadline), Reply::strings);
  }

  /** On threads of its own. All calls with one first key take the same thread, so they keep their order. */
  @Override
  public CompletionStage<List<Long>> runAsync(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    long end = end(deadline);
    int stripe = Math.floorMod(Arrays.hashCode(keys.get(0)), THREADS);
    return async(stripe, deadline, () -> runUntil(script, keys, arguments, end, Reply::integers));
  }

  @Override
  public CompletionStage<?> ping(Duration deadline) {
    long end = end(deadline);
    return async(0, deadline, () -> {
      pingUntil(end);
      return true;
    });
  }

  @Override
  public void pingBlocking(Duration deadline) {
    pingUntil(end(deadline));
  }

  @Override
  public void close() {
    closed = true;
    background.shutdownNow();
    stripes.forEach(ExecutorService::shutdownNow);
    connections.forEach(this::discard);
  }

  private static long end(Duration deadline) {
    return System.nanoTime() + deadline.toNanos();
  }

  private <T> T runUntil(
      Script script,
      List<byte[]> keys,
      List<byte[]> arguments,
      long end,
      Function<Object, T> read) {
    try {
      Object reply;
      try {
        reply = onOwner(keys.get(0), end, command(Command.EVALSHA, script.sha(), keys, arguments));
      } catch (JedisNoScriptException e) {
        reply = onOwner(keys.get(0), end, command(Command.EVAL, script.text(), keys, arguments));
      }
      return read.apply(reply);
    } catch (RuntimeException e) {
      throw failure(e);
    }
  }

  private void pingUntil(long end) {
    try {
      on(seed, end, call(new CommandArguments(Command.PING)));
    } catch (RuntimeException e) {
      throw failure(e);
    }
  }

  /** Jedis throws others than its own where a reply breaks the protocol. */
  private static RedisFailure failure(RuntimeException e) {
    return e instanceof RedisFailure known
        ? known
        : new RedisFailure("Redis did not answer: " + reason(e), e);
  }

  /** Over TLS 1.3 a server refuses a client after the handshake, and may have hung up before its reason is read. */
  private static String refusal(RedisAddress address, RuntimeException e) {
    Throwable cause = e.getCause();
    boolean hungUp = cause instanceof SocketException
        || (cause != null && cause.getClass() == IOException.class);
    return reason(e)
        + (hungUp && address.tls() && address.files().certificate() == null
            ? "; does the server ask for a client's certificate?"
            : "");
  }

  private static @Nullable String reason(RuntimeException e) {
    String trouble = RedisErrorText.in(e);
    return trouble == null ? e.getMessage() : trouble;
  }

  private static CommandArguments command(
      Command command, Object script, List<byte[]> keys, List<byte[]> arguments) {
    CommandArguments call = new CommandArguments(command).add(script).add(keys.size());
    keys.forEach(call::key);
    return call.addObjects(arguments);
  }

  private static Function<Connection, Object> call(CommandArguments command) {
    return connection -> connection.executeCommand(command);
  }

  private static String text(Object reply) {
    return new String((byte[]) reply, StandardCharsets.UTF_8);
  }

  /** Sends a command to the node that owns a key's slot, and on where that node points to. */
  private Object onOwner(byte[] key, long end, CommandArguments command) {
    if (!cluster) {
      return on(seed, end, call(command));
    }
    int slot = JedisClusterCRC16.getSlot(key);
    HostAndPort owner = slots.get(slot);
    HostAndPort node = owner == null ? seed : owner;
    Function<Connection, Object> call = call(command);
    for (int i = 0; i < MAX_REDIRECTIONS; i++) {
      try {
        return on(node, end, call);
      } catch (JedisRedirectionException e) {
        HostAndPort teller = node;
        node = target(e.getTargetNode().getHost(), e.getTargetNode().getPort(), teller);
        if (node.equals(teller)) {
          // Another server answers there by now.
          leave(node);
        }
        if (e instanceof JedisAskDataException) {
          call = connection -> {
            connection.executeCommand(Command.ASKING);
            return connection.executeCommand(command);
          };
        } else {
          slots.set(slot, node);
          call = call(command);
        }
      } catch (JedisConnectionException e) {
        refreshSlots(node);
        throw e;
      }
    }
    throw new RedisFailure("sent on more than %s times".formatted(MAX_REDIRECTIONS), null);
  }

  /** Runs a call on a connection to a node until an instant of {@link System#nanoTime()}. */
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
            "all %s connections were busy until the deadline".formatted(MAX_CONNECTIONS), null);
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
    connections.add(connection);
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
    return DefaultJedisClientConfig.builder()
        .user(address.user())
        .password(address.password())
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
  private void leave(HostAndPort node) {
    Deque<DeadlineConnection> resting = idleAt(node);
    for (DeadlineConnection each : List.copyOf(resting)) {
      if (each.openFor(WrongServer.PATIENCE.toNanos()) && resting.remove(each)) {
        discard(each);
        refreshSlots(node);
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
    connections.remove(connection);
    try {
      connection.forceDisconnect();
    } catch (IOException e) {
      // It was broken already.
    }
  }

  /** Learns the slots from any node; from one that was no help only where no other answers. */
  private void refreshSlots(HostAndPort last) {
    if (!cluster || !refreshing.compareAndSet(false, true)) {
      return;
    }
    try {
      background.execute(() -> {
        try {
          learnSlotsFromAnyNode(last);
        } catch (RuntimeException e) {
          // Nobody waits for it; the next failed call asks again.
        } finally {
          refreshing.set(false);
        }
      });
    } catch (RejectedExecutionException e) {
      refreshing.set(false);
    }
  }

  private void learnSlotsFromAnyNode(HostAndPort last) {
    List<HostAndPort> nodes = new ArrayList<>(idle.keySet());
    nodes.sort(Comparator.comparing(last::equals));
    for (HostAndPort node : nodes) {
      try {
        learnSlots(node, end(ASK));
        return;
      } catch (JedisException | RedisFailure e) {
        // The next node may know.
      }
    }
  }

  /** CLUSTER SLOTS answers with [first, last, [host, port, …], …] for each range. */
  private void learnSlots(HostAndPort node, long end) {
    List<?> ranges =
        (List<?>) on(node, end, call(new CommandArguments(Command.CLUSTER).add("SLOTS")));
    Set<HostAndPort> named = new HashSet<>(Set.of(seed));
    int known = 0;
    for (Object range : ranges) {
      List<?> parts = (List<?>) range;
      HostAndPort owner = target(parts.get(2), node);
      for (int slot = ((Long) parts.get(0)).intValue(); slot <= (Long) parts.get(1); slot++) {
        slots.set(slot, owner);
        known++;
      }
      // All of them, replicas too, so that there is somebody to ask when some have died.
      parts.subList(2, parts.size()).forEach(each -> named.add(target(each, node)));
    }
    named.forEach(this::idleAt);
    // One that has left its cluster knows of no others.
    if (known == slots.length()) {
      idle.keySet().stream().filter(each -> !named.contains(each)).forEach(this::forget);
    }
  }

  private void forget(HostAndPort node) {
    Deque<DeadlineConnection> resting = idle.remove(node);
    if (resting != null) {
      resting.forEach(this::discard);
    }
  }

  private static HostAndPort target(Object hostAndPort, HostAndPort teller) {
    List<?> parts = (List<?>) hostAndPort;
    Object host = parts.get(0);
    return target(host == null ? "" : text(host), ((Long) parts.get(1)).intValue(), teller);
  }

  /** A node that does not know its own address leaves the host out: it is the one that was asked. */
  private static HostAndPort target(String host, int port, HostAndPort teller) {
    return new HostAndPort(host.isEmpty() ? teller.getHost() : host, port);
  }

  private <T> CompletionStage<T> async(int stripe, Duration deadline, Supplier<T> task) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    try {
      stripes.get(stripe).execute(() -> {
        // Once the caller has its answer, the call must not be sent any more.
        if (answer.isDone()) {
          return;
        }
        try {
          answer.complete(task.get());
        } catch (RuntimeException e) {
          answer.completeExceptionally(e);
        }
      });
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(
          new RedisFailure(closed ? "the client is closed" : "too many calls are waiting", e));
    }
    return answer.orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static ExecutorService stripe(String name) {
    ThreadPoolExecutor executor = new ThreadPoolExecutor(
        1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(QUEUE), task -> {
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        });
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }
}
