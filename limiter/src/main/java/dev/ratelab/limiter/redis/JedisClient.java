package dev.ratelab.limiter.redis;

import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.exceptions.JedisAskDataException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisNoScriptException;
import redis.clients.jedis.exceptions.JedisRedirectionException;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * Redis over Jedis: synchronous, each call on a connection of its own from a pool. The pool is not Jedis's, whose waits for a
 * connection, for connecting and for logging in are fixed when it is made; here all of them end by the call's deadline.
 */
public final class JedisClient implements RedisClient {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final int MAX_REDIRECTIONS = 5;
  private static final int THREADS = 16;

  // One key's calls all wait in one; whoever bounds the calls to Redis does so below this.
  private static final int QUEUE = 1 << 16;

  private final HostAndPort seed;
  private final JedisConnections connections;
  private final JedisSlots slots;
  private final List<ExecutorService> stripes =
      IntStream.range(0, THREADS).mapToObj(i -> stripe("ratelab-jedis-" + i)).toList();

  private JedisClient(RedisAddress address) {
    seed = new HostAndPort(address.host(), address.port());
    connections = new JedisConnections(address, this::left);
    slots = new JedisSlots(connections, seed);
  }

  /**
   * A server is the wrong one by now: another one may own its slots. A method of its own, as the slots are made after the connections,
   * which must be told whom to call.
   */
  private void left(HostAndPort node) {
    slots.refresh(node);
  }

  /** How Jedis logs in at an address, for who makes connections without this client. Over TLS it trusts whom the JVM trusts: the address's files are not read. */
  public static DefaultJedisClientConfig.Builder login(RedisAddress address) {
    DefaultJedisClientConfig.Builder config = DefaultJedisClientConfig.builder()
        .user(address.user())
        .password(address.password())
        .database(address.database());
    return address.tls() ? config.sslOptions(SslOptions.defaults()) : config;
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
      Object info = client.connections.on(client.seed, end, new CommandArguments(Command.INFO));
      if (ServerInfo.parse(Reply.text(info)).cluster()) {
        failed = "the cluster at %s does not answer: %s";
        client.connections.toCluster();
        client.slots.learn(client.seed, end);
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
    return connections.areToCluster();
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
    connections.close();
    slots.close();
    stripes.forEach(ExecutorService::shutdownNow);
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
      connections.on(seed, end, new CommandArguments(Command.PING));
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

  /** Sends a command to the node that owns a key's slot, and on where that node points to. */
  private Object onOwner(byte[] key, long end, CommandArguments command) {
    if (!clustered()) {
      return connections.on(seed, end, command);
    }
    int slot = JedisClusterCRC16.getSlot(key);
    HostAndPort node = slots.owner(slot);
    boolean asking = false;
    for (int i = 0; i < MAX_REDIRECTIONS; i++) {
      try {
        return asking
            ? connections.onAsking(node, end, command)
            : connections.on(node, end, command);
      } catch (JedisRedirectionException e) {
        HostAndPort teller = node;
        node = JedisSlots.target(e.getTargetNode().getHost(), e.getTargetNode().getPort(), teller);
        if (node.equals(teller)) {
          // Another server answers there by now.
          connections.leave(node);
        }
        asking = e instanceof JedisAskDataException;
        if (!asking) {
          slots.setOwner(slot, node);
        }
      } catch (JedisConnectionException e) {
        slots.refresh(node);
        throw e;
      }
    }
    throw new RedisFailure("sent on more than %s times".formatted(MAX_REDIRECTIONS), null);
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
      return CompletableFuture.failedFuture(new RedisFailure(
          connections.areClosed() ? "the client is closed" : "too many calls are waiting", e));
    }
    return answer.orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** One thread while there is something to do. */
  static ExecutorService stripe(String name) {
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
