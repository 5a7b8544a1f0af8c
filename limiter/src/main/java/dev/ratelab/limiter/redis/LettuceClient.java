package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.FailureCause;
import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.event.ClusterTopologyChangedEvent;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.resource.ClientResources;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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
  /** As long as a probe waits: then another one is tried, since new connections may work again by then. */
  private static final Duration PROBE = Duration.ofSeconds(1);

  private final AbstractRedisClient client;
  private final StatefulConnection<byte[], byte[]> connection;
  private final RedisClusterAsyncCommands<byte[], byte[]> commands;
  private final LettuceLines lines;
  private final RedisAddress address;
  private final io.lettuce.core.RedisClient prober;
  private volatile long refreshed = System.nanoTime();

  private LettuceClient(
      AbstractRedisClient client,
      StatefulConnection<byte[], byte[]> connection,
      RedisClusterAsyncCommands<byte[], byte[]> commands,
      LettuceLines lines,
      RedisAddress address) {
    this.client = client;
    this.connection = connection;
    this.commands = commands;
    this.lines = lines;
    this.address = address;
    prober = io.lettuce.core.RedisClient.create(client.getResources());
    prober.setOptions(LettuceSettings.standalone(address, PROBE));
  }

  /**
   * Connects, and asks the server whether it belongs to a cluster.
   *
   * @throws RedisFailure if nothing answers, the server's certificate or the login is refused, or the server is too old
   */
  public static LettuceClient connect(RedisAddress address) {
    RedisURI uri = LettuceSettings.uri(address, LettuceSettings.CONNECT);
    ClientOptions options = LettuceSettings.standalone(address, LettuceSettings.CONNECT);
    LettuceLines lines = new LettuceLines();
    io.lettuce.core.RedisClient client =
        io.lettuce.core.RedisClient.create(LettuceSettings.resources(lines), uri);
    try {
      client.setOptions(options);
      StatefulRedisConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE);
      if (!ServerInfo.parse(connection.sync().info()).cluster()) {
        return new LettuceClient(client, connection, connection.async(), lines, address);
      }
    } catch (RuntimeException e) {
      shutdown(client);
      throw failure("%s does not answer as a Redis".formatted(address), e);
    }
    shutdown(client);
    return connectCluster(address, uri);
  }

  private static LettuceClient connectCluster(RedisAddress address, RedisURI uri) {
    LettuceLines lines = new LettuceLines();
    RedisClusterClient client = RedisClusterClient.create(LettuceSettings.resources(lines), uri);
    try {
      client.setOptions(LettuceSettings.cluster(address));
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
      return new LettuceClient(client, connection, connection.async(), lines, address);
    } catch (RuntimeException e) {
      shutdown(client);
      throw failure("the cluster at %s does not answer".formatted(address), e);
    }
  }

  private static void connectNodes(StatefulRedisClusterConnection<byte[], byte[]> connection) {
    try {
      connectNodesAsync(connection).get(LettuceSettings.CONNECT.toNanos(), TimeUnit.NANOSECONDS);
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
  public boolean clustered() {
    return client instanceof RedisClusterClient;
  }

  @Override
  public boolean pipelines() {
    return true;
  }

  @Override
  public List<Long> run(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return await(deadline, answer -> reply(answer, script, keys, arguments, Reply::integers));
  }

  @Override
  public List<byte[]> runForStrings(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return await(deadline, answer -> reply(answer, script, keys, arguments, Reply::strings));
  }

  @Override
  public CompletionStage<List<Long>> runAsync(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    CompletableFuture<List<Long>> answer = new CompletableFuture<>();
    reply(answer, script, keys, arguments, Reply::integers);
    return answer.orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Completes an answer, and learns from its failure. */
  private <T> void reply(
      CompletableFuture<T> answer,
      Script script,
      List<byte[]> keys,
      List<byte[]> arguments,
      Function<Object, T> read) {
    learning(keys.get(0), answer);
    byte[][] names = keys.toArray(new byte[0][]);
    byte[][] values = arguments.toArray(new byte[0][]);
    ScriptOutputType type = ScriptOutputType.MULTI;
    send(answer, () -> commands.evalsha(script.sha(), type, names, values), read, failure -> {
      if (failure instanceof RedisNoScriptException && !answer.isDone()) {
        send(
            answer,
            () -> commands.eval(script.text(), type, names, values),
            read,
            second -> fail(answer, second));
      } else {
        fail(answer, failure);
      }
    });
  }

  private void learning(byte[] key, CompletableFuture<?> answer) {
    long start = System.nanoTime();
    var unused = answer.whenComplete((reply, failure) -> learn(key, start, failure));
  }

  /** What a failed call tells of the connection that it went out on. */
  private void learn(byte[] key, long sent, @Nullable Throwable failure) {
    Throwable cause = failure instanceof RedisFailure ? failure.getCause() : failure;
    if (cause instanceof TimeoutException) {
      lines.missed(sent, this::probe);
    } else if (cause instanceof RedisCommandExecutionException error
        && WrongServer.says(error.getMessage())) {
      leave(key);
    }
  }

  /** Connecting asks for the server's protocol, so who has connected was answered. */
  private CompletionStage<?> probe(InetSocketAddress server) {
    RedisURI uri = LettuceSettings.uri(address, PROBE);
    if (client instanceof RedisClusterClient) {
      uri.setHost(server.getHostString());
      uri.setPort(server.getPort());
    }
    return CompletableFuture.completedFuture(uri)
        .thenComposeAsync(
            to -> prober.connectAsync(ByteArrayCodec.INSTANCE, to), LettuceClient::aside)
        .thenCompose(StatefulConnection::closeAsync);
  }

  /** Lettuce looks up names, and tries their addresses, on the caller's thread: on this one nobody waits. */
  private static void aside(Runnable task) {
    Thread thread = new Thread(task, "ratelab-lettuce-aside");
    thread.setDaemon(true);
    thread.start();
  }

  private void leave(byte[] key) {
    if (!(client instanceof RedisClusterClient cluster)) {
      lines.leave(server -> true);
      return;
    }
    long now = System.nanoTime();
    if (now - refreshed >= LettuceSettings.REFRESH.toNanos()) {
      refreshed = now;
      var unused =
          CompletableFuture.supplyAsync(cluster::refreshPartitionsAsync, LettuceClient::aside);
    }
    RedisClusterNode node = cluster.getPartitions().getPartitionBySlot(SlotHash.getSlot(key));
    if (node != null) {
      RedisURI uri = node.getUri();
      lines.leave(server -> server.getPort() == uri.getPort() && isOf(uri.getHost(), server));
    }
  }

  /** Whether a server was connected to by a name, or has an address, however that is written. */
  static boolean isOf(String host, InetSocketAddress server) {
    return server.getHostString().equals(host)
        || server.getAddress().equals(NetUtil.createInetAddressFromIpAddressString(host));
  }

  @Override
  public CompletionStage<?> ping(Duration deadline) {
    CompletableFuture<String> answer = new CompletableFuture<>();
    sendPing(answer);
    return answer.orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void pingBlocking(Duration deadline) {
    var unused = await(deadline, this::sendPing);
  }

  private void sendPing(CompletableFuture<String> answer) {
    learning(new byte[0], answer);
    send(answer, commands::ping, reply -> reply, failure -> fail(answer, failure));
  }

  @Override
  public void close() {
    if (connection.isOpen()) {
      connection.close();
    } else {
      // There is nothing to wait for, but it would try to connect while its threads end.
      var unused = connection.closeAsync();
    }
    prober.shutdown(0, 2, TimeUnit.SECONDS);
    shutdown(client);
  }

  /** Begins a call and waits for its answer. */
  private static <T> T await(Duration deadline, Consumer<CompletableFuture<T>> call) {
    long end = System.nanoTime() + deadline.toNanos();
    CompletableFuture<T> answer = new CompletableFuture<>();
    call.accept(answer);
    RedisFailure failed;
    try {
      return answer.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw (RedisFailure) e.getCause();
    } catch (TimeoutException e) {
      failed = RedisFailure.late("Redis did not answer by the deadline", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failed = failure("interrupted while waiting for Redis", e);
    }
    // What was not written yet is then never written.
    answer.completeExceptionally(failed);
    throw failed;
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
        failed.accept(FailureCause.of(failure));
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
    answer.completeExceptionally(
        failure instanceof RedisFailure ? failure : failure("Redis did not answer", failure));
  }

  private static RedisFailure failure(String what, @Nullable Throwable cause) {
    String trouble = RedisErrorText.in(cause);
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

  private static void shutdown(AbstractRedisClient client) {
    ClientResources resources = client.getResources();
    client.shutdown(0, 2, TimeUnit.SECONDS);
    resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
