package dev.ratelab.verification.conform.tested;

import dev.ratelab.limiter.redis.RedisAddress;
import io.lettuce.core.RedisException;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.ArrayOutput;
import io.lettuce.core.protocol.CommandArgs;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A command of the server that limits a rate: {@code increx} or {@code cl.throttle}, see docs/redis-commands.md. */
public final class TestedRedisCommand implements TestedLimiter {
  /** Valkey tells a version of Redis, too, before its own. */
  private static final Pattern VERSION = Pattern.compile("(?m)^(redis|valkey)_version:(\\S+)");

  private final RedisCommand command;
  private final Setup setup;
  private final RedisConnection redis;
  private final String name;

  private TestedRedisCommand(
      RedisCommand command, Setup setup, RedisConnection redis, String server) {
    this.command = command;
    this.setup = setup;
    this.redis = redis;
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
    RedisConnection redis = RedisConnection.open(setup.redis());
    try {
      String server = server(redis.sync().info("server"));
      // Redis tells nothing of what it does not know, in a list of one.
      if (redis.sync().commandInfo(command.toString()).stream()
          .noneMatch(told -> told instanceof List<?> known && !known.isEmpty())) {
        throw new NoAnswerException(
            "%s (%s) has no command %s: %s"
                .formatted(RedisAddress.parse(setup.redis()), server, command, command.origin()),
            null);
      }
      return new TestedRedisCommand(command, setup, redis, server);
    } catch (NoAnswerException e) {
      redis.close();
      throw e;
    } catch (RedisException e) {
      redis.close();
      throw new NoAnswerException(
          "%s does not tell what commands it has: %s"
              .formatted(RedisAddress.parse(setup.redis()), e.getMessage()),
          e);
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
    return EnumSet.of(Ability.COST, Ability.HELD, Ability.ANOTHER);
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
    return Pending.bounded(
        name,
        redis
            .send(command::bytes, new ArrayOutput<>(ByteArrayCodec.INSTANCE), args)
            .thenApply(reply -> command.answer(reply, setup.limit(), cost)));
  }

  @Override
  public OptionalLong held() {
    return OptionalLong.of(redis.count(setup.namespace()));
  }

  @Override
  public Optional<TestedLimiter> another(Duration ahead) {
    return Optional.of(connect(command, setup));
  }

  @Override
  public void close() {
    redis.close();
  }
}
