package dev.ratelab.limiter.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SocketOptions.TcpUserTimeoutOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.event.ClusterTopologyChangedEvent;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Redis over Lettuce: asynchronous, all calls pipelined on one connection per node, over the platform's native transport where
 * there is one. Answers are completed on Lettuce's own threads; continuations must not block them.
 */
public final class LettuceClient implements RedisClient {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration RECONNECT = Duration.ofMillis(200);
  private static final Duration SILENCE = Duration.ofSeconds(10);
  private static final int MAX_IN_FLIGHT = 1 << 16;

  private final AbstractRedisClient client;
  private final StatefulConnection<byte[], byte[]> connection;
  private final RedisClusterAsyncCommands<byte[], byte[]> commands;

  private LettuceClient(
      AbstractRedisClient client,
      StatefulConnection<byte[], byte[]> connection,
      RedisClusterAsyncCommands<byte[], byte[]> commands) {
    this.client = client;
    this.connection = connection;
    this.commands = commands;
  }

  /**
   * Connects, and asks the server whether it belongs to a cluster.
   *
   * @throws RedisFailure if nothing answers, the server's certificate or the login is refused, or the server is too old
   */
  public static LettuceClient connect(RedisAddress address) {
    RedisURI uri = uri(address);
    ClientOptions options = standalone(address);
    io.lettuce.core.RedisClient client = io.lettuce.core.RedisClient.create(resources(), uri);
    try {
      client.setOptions(options);
      StatefulRedisConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE);
      boolean cluster;
      try {
        cluster = ServerInfo.parse(connection.sync().info()).cluster();
      } catch (RuntimeException e) {
        connection.close();
        throw e;
      }
      if (!cluster) {
        return new LettuceClient(client, connection, connection.async());
      }
      connection.close();
    } catch (RuntimeException e) {
      shutdown(client);
      throw failure("%s does not answer as a Redis".formatted(address), e);
    }
    shutdown(client);
    return connectCluster(address, uri);
  }

  private static LettuceClient connectCluster(RedisAddress address, RedisURI uri) {
    RedisClusterClient client = RedisClusterClient.create(resources(), uri);
    try {
      client.setOptions(cluster(address));
      StatefulRedisClusterConnection<byte[], byte[]> connection =
          client.connect(ByteArrayCodec.INSTANCE);
      connectNodes(connection);
      var unused = client
          .getResources()
          .eventBus()
          .get()
          .ofType(ClusterTopologyChangedEvent.class)
          .subscribe(event -> {
            var unusedToo = connectNodesAsync(connection);
          });
      return new LettuceClient(client, connection, connection.async());
    } catch (RuntimeException e) {
      shutdown(client);
      throw failure("the cluster at %s does not answer".formatted(address), e);
    }
  }

  private static void connectNodes(StatefulRedisClusterConnection<byte[], byte[]> connection) {
    try {
      connectNodesAsync(connection).get(CONNECT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // Calls to that node fail until it is back; those to the others need not.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure("interrupted while connecting", e);
    }
  }

  /** Lettuce would connect to a node when the first call goes there, and refuse calls until it has. */
  private static CompletableFuture<Void> connectNodesAsync(
      StatefulRedisClusterConnection<byte[], byte[]> connection) {
    return CompletableFuture.allOf(connection.getPartitions().stream()
        .filter(node -> !node.getSlots().isEmpty())
        .map(RedisClusterNode::getUri)
        .map(uri -> connection.getConnectionAsync(uri.getHost(), uri.getPort()))
        .toArray(CompletableFuture<?>[]::new));
  }

  @Override
  public String name() {
    return "lettuce";
  }

  @Override
  public List<Long> run(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return Reply.integers(reply(script, keys, arguments, deadline));
  }

  @Override
  public List<byte[]> runForStrings(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return Reply.strings(reply(script, keys, arguments, deadline));
  }

  private Object reply(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    try {
      return await(() -> evalsha(script, keys, arguments), end);
    } catch (RedisNoScriptException e) {
      return evalAfterAll(script, keys, arguments, end);
    }
  }

  private Object evalAfterAll(Script script, List<byte[]> keys, List<byte[]> arguments, long end) {
    try {
      return await(() -> eval(script, keys, arguments), end);
    } catch (RedisNoScriptException e) {
      throw failure("Redis did not answer", e);
    }
  }

  @Override
  public CompletionStage<List<Long>> runAsync(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    CompletableFuture<List<Long>> answer = new CompletableFuture<>();
    send(answer, () -> evalsha(script, keys, arguments), Reply::integers, failure -> {
      if (failure instanceof RedisNoScriptException && !answer.isDone()) {
        send(
            answer,
            () -> eval(script, keys, arguments),
            Reply::integers,
            second -> fail(answer, second));
      } else {
        fail(answer, failure);
      }
    });
    return answer.orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public CompletionStage<?> ping(Duration deadline) {
    CompletableFuture<String> answer = new CompletableFuture<>();
    send(answer, commands::ping, reply -> reply, failure -> fail(answer, failure));
    return answer.orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void pingBlocking(Duration deadline) {
    await(commands::ping, System.nanoTime() + deadline.toNanos());
  }

  @Override
  public void close() {
    if (connection.isOpen()) {
      connection.close();
    } else {
      // There is nothing to wait for, but it would try to connect while its threads end.
      var unused = connection.closeAsync();
    }
    shutdown(client);
  }

  private RedisFuture<Object> evalsha(Script script, List<byte[]> keys, List<byte[]> arguments) {
    return commands.evalsha(
        script.sha(),
        ScriptOutputType.MULTI,
        keys.toArray(new byte[0][]),
        arguments.toArray(new byte[0][]));
  }

  private RedisFuture<Object> eval(Script script, List<byte[]> keys, List<byte[]> arguments) {
    return commands.eval(
        script.text(),
        ScriptOutputType.MULTI,
        keys.toArray(new byte[0][]),
        arguments.toArray(new byte[0][]));
  }

  /**
   * Sends a command, unless it is too late, and waits for the reply until an instant of {@link System#nanoTime()}. An unknown
   * script is the caller's to handle.
   */
  private static <T> T await(Supplier<RedisFuture<T>> command, long end) {
    if (System.nanoTime() >= end) {
      throw RedisFailure.late("the deadline passed before the call was sent", null);
    }
    RedisFuture<T> call = sent(command);
    try {
      return call.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RedisNoScriptException unknown) {
        throw unknown;
      }
      throw failure("Redis did not answer", cause(e));
    } catch (TimeoutException | CancellationException e) {
      // What was not written yet is then never written.
      call.cancel(true);
      throw RedisFailure.late("Redis did not answer by the deadline", e);
    } catch (InterruptedException e) {
      call.cancel(true);
      Thread.currentThread().interrupt();
      throw failure("interrupted while waiting for Redis", e);
    }
  }

  /** Sends a command whose reply completes an answer, and which is given up when the answer fails otherwise. */
  private static <T, R> void send(
      CompletableFuture<R> answer,
      Supplier<RedisFuture<T>> command,
      Function<T, R> read,
      Consumer<@Nullable Throwable> failed) {
    RedisFuture<T> call;
    try {
      call = sent(command);
    } catch (RedisFailure e) {
      failed.accept(e);
      return;
    }
    var unused = answer.whenComplete((reply, failure) -> {
      if (failure != null) {
        call.cancel(true);
      }
    });
    call.whenComplete((reply, failure) -> {
      if (failure != null) {
        failed.accept(cause(failure));
        return;
      }
      try {
        answer.complete(read.apply(reply));
      } catch (RedisFailure e) {
        answer.completeExceptionally(e);
      }
    });
  }

  /** While a client is being closed, Lettuce throws instead of failing the command. */
  private static <T> RedisFuture<T> sent(Supplier<RedisFuture<T>> command) {
    try {
      return command.get();
    } catch (RuntimeException e) {
      throw failure("Redis could not be asked", e);
    }
  }

  private static void fail(CompletableFuture<?> answer, @Nullable Throwable failure) {
    answer.completeExceptionally(failure("Redis did not answer", failure));
  }

  private static @Nullable Throwable cause(@Nullable Throwable failure) {
    return failure instanceof CompletionException || failure instanceof ExecutionException
        ? failure.getCause()
        : failure;
  }

  private static RedisFailure failure(String what, @Nullable Throwable cause) {
    String trouble = Trouble.in(cause);
    if (trouble != null) {
      return new RedisFailure(what + ": " + trouble, cause);
    }
    Throwable last = cause;
    while (last != null && last.getCause() != null) {
      last = last.getCause();
    }
    return new RedisFailure(
        last == null || last.getMessage() == null ? what : what + ": " + last.getMessage(), cause);
  }

  private static RedisURI uri(RedisAddress address) {
    RedisURI.Builder uri = RedisURI.builder()
        .withHost(address.host())
        .withPort(address.port())
        .withDatabase(address.database())
        .withSsl(address.tls())
        .withVerifyPeer(SslVerifyMode.FULL)
        .withTimeout(CONNECT);
    String password = address.password();
    String user = address.user();
    if (password != null && user != null) {
      uri.withAuthentication(user, password.toCharArray());
    } else if (password != null) {
      uri.withPassword(password.toCharArray());
    }
    return uri.build();
  }

  /**
   * Lettuce's defaults would queue calls while Redis is away and send those in flight once more after a reconnect: late, and
   * charged twice. They would also end every call after the time to connect, whatever its deadline. A peer that vanished
   * without a word is given up after {@link #SILENCE}, where the platform can; by default that takes a quarter of an hour.
   */
  private static ClientOptions standalone(RedisAddress address) {
    ClientOptions.Builder options = ClientOptions.builder();
    if (address.tls()) {
      options.sslOptions(address.files().lettuce(CONNECT));
    }
    return options
        .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
        .replayFilter(command -> true)
        .requestQueueSize(MAX_IN_FLIGHT)
        .timeoutOptions(TimeoutOptions.create())
        .socketOptions(SocketOptions.builder()
            .connectTimeout(CONNECT)
            .tcpUserTimeout(
                TcpUserTimeoutOptions.builder().enable().tcpUserTimeout(SILENCE).build())
            .build())
        .build();
  }

  private static ClusterClientOptions cluster(RedisAddress address) {
    return ClusterClientOptions.builder(standalone(address))
        .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
            .enablePeriodicRefresh(Duration.ofSeconds(30))
            // How long calls may take the way round by the old owner, once a slot has moved.
            .adaptiveRefreshTriggersTimeout(Duration.ofSeconds(1))
            .build())
        .build();
  }

  /** By default the pauses between attempts to connect again grow to half a minute, for which Redis would be back unnoticed. */
  private static ClientResources resources() {
    return ClientResources.builder()
        .reconnectDelay(Delay.exponential(Duration.ZERO, RECONNECT, 2, TimeUnit.MILLISECONDS))
        .build();
  }

  private static void shutdown(AbstractRedisClient client) {
    ClientResources resources = client.getResources();
    client.shutdown(0, 2, TimeUnit.SECONDS);
    resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
