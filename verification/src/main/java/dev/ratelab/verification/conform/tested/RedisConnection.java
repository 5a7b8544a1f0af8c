package dev.ratelab.verification.conform.tested;

import dev.ratelab.limiter.redis.RedisAddress;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.CommandOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.ProtocolKeyword;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One connection to the Redis of a setup, on which no call waits for another. */
final class RedisConnection implements AutoCloseable {
  private final RedisClient client;
  private final StatefulRedisConnection<byte[], byte[]> connection;

  private RedisConnection(RedisClient client, StatefulRedisConnection<byte[], byte[]> connection) {
    this.client = client;
    this.connection = connection;
  }

  /**
   * Connects.
   *
   * @throws IllegalArgumentException if the URL is not one of a Redis
   * @throws NoAnswerException if no Redis answers there
   */
  static RedisConnection open(String url) {
    RedisAddress address = RedisAddress.parse(url);
    RedisClient client = RedisClient.create(
        ClientResources.builder()
            .reconnectDelay(Delay.constant(Duration.ofMillis(100)))
            .build(),
        RedisURI.create(url));
    // Lettuce would send what was under way once more after a reconnect: charged twice.
    client.setOptions(ClientOptions.builder()
        .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
        .replayFilter(command -> true)
        .build());
    try {
      return new RedisConnection(client, client.connect(ByteArrayCodec.INSTANCE));
    } catch (RedisException e) {
      shutdown(client);
      throw new NoAnswerException("%s does not answer as a Redis".formatted(address), e);
    }
  }

  /** Calls whose replies are waited for. They throw {@link RedisException}. */
  RedisCommands<byte[], byte[]> sync() {
    return connection.sync();
  }

  /** Sends a call. The reply fails with {@link RedisException} if there is none, or it is an error. */
  <T> CompletableFuture<T> send(
      ProtocolKeyword command,
      CommandOutput<byte[], byte[], T> output,
      CommandArgs<byte[], byte[]> args) {
    try {
      return connection.async().dispatch(command, output, args).toCompletableFuture();
    } catch (RedisException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** How many of Redis' keys begin with a text. Throws {@link NoAnswerException} if they cannot be counted. */
  int count(String prefix) {
    String pattern = prefix.replaceAll("[\\\\*?\\[\\]^]", "\\\\$0") + "*";
    Set<String> names = new HashSet<>();
    try {
      // A scan may tell a name twice.
      ScanIterator.scan(connection.sync(), ScanArgs.Builder.limit(1_000).match(pattern))
          .forEachRemaining(name -> names.add(new String(name, StandardCharsets.ISO_8859_1)));
    } catch (RedisException e) {
      throw new NoAnswerException("the keys cannot be counted: " + e.getMessage(), e);
    }
    return names.size();
  }

  @Override
  public void close() {
    connection.close();
    shutdown(client);
  }

  private static void shutdown(RedisClient client) {
    ClientResources resources = client.getResources();
    client.shutdown(0, 2, TimeUnit.SECONDS);
    resources.shutdown(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
