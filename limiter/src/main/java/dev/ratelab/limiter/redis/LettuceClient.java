package dev.ratelab.limiter.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Redis over Lettuce: asynchronous, all calls pipelined on one connection per node, over the platform's native transport where
 * there is one. Answers are completed on Lettuce's own threads; continuations must not block them.
 */
public final class LettuceClient implements RedisClient {
  private static final Duration CONNECT = Duration.ofSeconds(5);
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
   * @throws RedisFailure if nothing answers, the login is refused or the server is too old
   */
  public static LettuceClient connect(RedisAddress address) {
    RedisURI uri = uri(address);
    io.lettuce.core.RedisClient client = io.lettuce.core.RedisClient.create(uri);
    try {
      client.setOptions(standalone());
      StatefulRedisConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE);
      if (!ServerInfo.parse(connection.sync().info()).cluster()) {
        return new LettuceClient(client, connection, connection.async());
      }
      connection.close();
    } catch (RedisException | RedisFailure e) {
      shutdown(client);
      throw failure("%s does not answer as a Redis".formatted(address), e);
    }
    shutdown(client);
    return connectCluster(address, uri);
  }

  private static LettuceClient connectCluster(RedisAddress address, RedisURI uri) {
    RedisClusterClient client = RedisClusterClient.create(uri);
    try {
      client.setOptions(cluster());
      StatefulRedisClusterConnection<byte[], byte[]> connection =
          client.connect(ByteArrayCodec.INSTANCE);
      return new LettuceClient(client, connection, connection.async());
    } catch (RedisException e) {
      shutdown(client);
      throw failure("the cluster at %s does not answer".formatted(address), e);
    }
  }

  @Override
  public String name() {
    return "lettuce";
  }

  @Override
  public List<Long> run(Script script, byte[] key, List<byte[]> arguments, Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    try {
      return await(evalsha(script, key, arguments), end);
    } catch (RedisNoScriptException e) {
      return await(eval(script, key, arguments), end);
    }
  }

  @Override
  public CompletionStage<List<Long>> runAsync(
      Script script, byte[] key, List<byte[]> arguments, Duration deadline) {
    CompletableFuture<List<Long>> answer = new CompletableFuture<>();
    RedisFuture<List<Long>> call = evalsha(script, key, arguments);
    cancelTogether(answer, call);
    call.whenComplete((reply, failure) -> {
      if (cause(failure) instanceof RedisNoScriptException && !answer.isDone()) {
        RedisFuture<List<Long>> second = eval(script, key, arguments);
        cancelTogether(answer, second);
        second.whenComplete((other, error) -> complete(answer, other, error));
      } else {
        complete(answer, reply, failure);
      }
    });
    return answer.orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public CompletionStage<Void> ping(Duration deadline) {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    RedisFuture<String> call = commands.ping();
    cancelTogether(answer, call);
    call.whenComplete((reply, failure) -> complete(answer, null, failure));
    return answer.orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void pingBlocking(Duration deadline) {
    await(commands.ping(), System.nanoTime() + deadline.toNanos());
  }

  @Override
  public void close() {
    connection.close();
    shutdown(client);
  }

  private RedisFuture<List<Long>> evalsha(Script script, byte[] key, List<byte[]> arguments) {
    return commands.evalsha(
        script.sha(), ScriptOutputType.MULTI, new byte[][] {key}, arguments.toArray(new byte[0][]));
  }

  private RedisFuture<List<Long>> eval(Script script, byte[] key, List<byte[]> arguments) {
    return commands.eval(
        script.text(),
        ScriptOutputType.MULTI,
        new byte[][] {key},
        arguments.toArray(new byte[0][]));
  }

  /** Waits for a reply until an instant of {@link System#nanoTime()}. An unknown script is the caller's to handle. */
  private static <T> T await(RedisFuture<T> call, long end) {
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
      throw failure("Redis did not answer by the deadline", e);
    } catch (InterruptedException e) {
      call.cancel(true);
      Thread.currentThread().interrupt();
      throw failure("interrupted while waiting for Redis", e);
    }
  }

  private static void cancelTogether(CompletableFuture<?> answer, RedisFuture<?> call) {
    var unused = answer.whenComplete((reply, failure) -> {
      if (failure != null) {
        call.cancel(true);
      }
    });
  }

  private static <T> void complete(
      CompletableFuture<T> answer, @Nullable T reply, @Nullable Throwable failure) {
    if (failure == null) {
      answer.complete(reply);
    } else {
      answer.completeExceptionally(failure("Redis did not answer", cause(failure)));
    }
  }

  private static @Nullable Throwable cause(@Nullable Throwable failure) {
    return failure instanceof CompletionException || failure instanceof ExecutionException
        ? failure.getCause()
        : failure;
  }

  private static RedisFailure failure(String what, @Nullable Throwable cause) {
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
   * charged twice.
   */
  private static ClientOptions standalone() {
    return ClientOptions.builder()
        .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
        .replayFilter(command -> true)
        .requestQueueSize(MAX_IN_FLIGHT)
        .socketOptions(SocketOptions.builder().connectTimeout(CONNECT).build())
        .build();
  }

  private static ClusterClientOptions cluster() {
    return ClusterClientOptions.builder(standalone())
        .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
            .enablePeriodicRefresh(Duration.ofSeconds(30))
            .build())
        .build();
  }

  private static void shutdown(AbstractRedisClient client) {
    client.shutdown(0, 2, TimeUnit.SECONDS);
  }
}
