package dev.ratelab.verification.conform.tested;

import dev.ratelab.limiter.redis.RedisAddress;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.ArrayOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.ProtocolVersion;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A command of the server that limits a rate: {@code increx} or {@code cl.throttle}, see docs/redis-commands.md. */
public final class TestedRedisCommand implements TestedLimiter {
  /** Valkey tells a version of Redis, too, before its own. */
  private static final Pattern VERSION = Pattern.compile("(?m)^(redis|valkey)_version:(\\S+)");

  private final RedisCommand command;
  private final Setup setup;
  private final RedisClient client;
  private final StatefulRedisConnection<byte[], byte[]> connection;
  private final String name;

  private TestedRedisCommand(
      RedisCommand command,
      Setup setup,
      RedisClient client,
      StatefulRedisConnection<byte[], byte[]> connection,
      String server) {
    this.command = command;
    this.setup = setup;
    this.client = client;
    this.connection = connection;
    name = "%s of %s".formatted(command, server);
  }

  /**
   * Connects to the Redis of a setup, and asks whether it has a command.
   *
   * @param command {@code increx} or {@code cl.throttle}
   * @throws IllegalArgumentException if there is no such command, it cannot express the limit, or the Redis is none
   * @throws NoAnswerException if the Redis does not answer, or has no such command
   */
  public static TestedRedisCommand connect(String command, Setup setup) {
    RedisCommand wanted = RedisCommand.of(command);
    wanted.check(setup.limit());
    return connect(wanted, setup);
  }

  private static TestedRedisCommand connect(RedisCommand command, Setup setup) {
    RedisAddress address = RedisAddress.parse(setup.redis());
    RedisClient client = RedisClient.create(RedisURI.create(setup.redis()));
    // A call that was sent is not sent again: it may have been counted.
    client.setOptions(ClientOptions.builder()
        .protocolVersion(ProtocolVersion.RESP2)
        .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
        .replayFilter(call -> true)
        .build());
    try {
      StatefulRedisConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE);
      String server = server(connection.sync().info("server"));
      // Redis tells nothing of what it does not know, in a list of one.
      if (connection.sync().commandInfo(command.toString()).stream()
          .noneMatch(told -> told instanceof List<?> known && !known.isEmpty())) {
        throw new NoAnswerException(
            "%s (%s) has no command %s: %s".formatted(address, server, command, command.origin()),
            null);
      }
      return new TestedRedisCommand(command, setup, client, connection, server);
    } catch (NoAnswerException e) {
      shutdown(client);
      throw e;
    } catch (RuntimeException e) {
      shutdown(client);
      throw new NoAnswerException("%s does not answer as a Redis".formatted(address), e);
    }
  }

  private static String server(String info) {
    String server = "an unknown server";
    for (Matcher version = VERSION.matcher(info); version.find(); ) {
      server = version.group(1) + " " + version.group(2);
    }
    return server;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Set<Ability> abilities() {
    return EnumSet.of(Ability.COST, Ability.ANOTHER);
  }

  @Override
  public CompletableFuture<Answer> ask(String key, long cost) {
    // Half a surrogate pair would become a question mark, and two keys one.
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(key)) {
      return CompletableFuture.failedFuture(new NoAnswerException("the key is no text", null));
    }
    CommandArgs<byte[], byte[]> args = new CommandArgs<>(ByteArrayCodec.INSTANCE)
        .addKey((setup.namespace() + key).getBytes(StandardCharsets.UTF_8));
    command.arguments(args, setup.limit(), cost);
    CompletableFuture<List<Object>> reply;
    try {
      reply = connection
          .async()
          .dispatch(command::bytes, new ArrayOutput<>(ByteArrayCodec.INSTANCE), args)
          .toCompletableFuture();
    } catch (RedisException e) {
      reply = CompletableFuture.failedFuture(e);
    }
    return Pending.bounded(
        name, reply.thenApply(told -> command.answer(told, setup.limit(), cost)));
  }

  @Override
  public Optional<TestedLimiter> another(Duration ahead) {
    return Optional.of(connect(command, setup));
  }

  @Override
  public void close() {
    shutdown(client);
  }

  private static void shutdown(RedisClient client) {
    client.shutdown(0, 2, TimeUnit.SECONDS);
  }
}
