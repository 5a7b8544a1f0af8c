package dev.ratelab.verification.conform.tested;

import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.redis.RedisAddress;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A limiter that is a Lua script on a Redis. Its source goes along with each request. Its second instance is another connection,
 * whose clock tells the times of the templates.
 */
public final class TestedScript implements TestedLimiter {
  private final ScriptTemplate script;
  private final ScriptReply reply;
  private final byte[] text;
  private final Setup setup;
  private final TimeSource time;
  private final RedisClient client;
  private final StatefulRedisConnection<byte[], byte[]> connection;

  private TestedScript(ScriptTemplate script, Setup setup, TimeSource time, RedisClient client) {
    this.script = script;
    this.setup = setup;
    this.time = time;
    this.client = client;
    reply = script.reply(setup.limit());
    text = script.text();
    connection = client.connect(ByteArrayCodec.INSTANCE);
  }

  /**
   * Connects, on this machine's clock.
   *
   * @throws IllegalArgumentException if the URL is not one of a Redis
   * @throws NoAnswerException if no Redis answers there
   */
  public static TestedScript connect(ScriptTemplate script, Setup setup) {
    return connect(script, setup, TimeSource.monotonic());
  }

  /**
   * As {@link #connect(ScriptTemplate, Setup)}, on another clock: virtual time, for a script that asks for the time by its templates
   * alone.
   */
  public static TestedScript connect(ScriptTemplate script, Setup setup, TimeSource time) {
    RedisAddress address = RedisAddress.parse(setup.redis());
    RedisClient client = RedisClient.create(
        ClientResources.builder()
            .reconnectDelay(Delay.constant(Duration.ofMillis(100)))
            .build(),
        RedisURI.create(setup.redis()));
    // Lettuce would send what was under way once more after a reconnect: charged twice.
    client.setOptions(ClientOptions.builder()
        .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
        .replayFilter(command -> true)
        .build());
    try {
      return new TestedScript(script, setup, time, client);
    } catch (RedisException e) {
      shutdown(client);
      throw new NoAnswerException("%s does not answer as a Redis".formatted(address), e);
    }
  }

  @Override
  public String name() {
    return script.name();
  }

  @Override
  public Set<Ability> abilities() {
    Set<Ability> abilities = EnumSet.of(Ability.ANOTHER);
    if (script.has("cost")) {
      abilities.add(Ability.COST);
    }
    if (script.has("now_s") || script.has("now_ms") || script.has("now_us")) {
      abilities.add(Ability.CLOCK);
    }
    if (script.isInNamespace() && !setup.namespace().isEmpty()) {
      abilities.add(Ability.HELD);
    }
    return abilities;
  }

  @Override
  public CompletableFuture<Answer> ask(String key, long cost) {
    // Half a surrogate pair would become a question mark, and two keys one.
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(key)) {
      return CompletableFuture.failedFuture(
          new NoAnswerException("the key is no text in UTF-8, so no template can hold it", null));
    }
    long now = time.micros();
    byte[][] keys = script.keys(setup, key, cost, now);
    CommandArgs<byte[], byte[]> call = new CommandArgs<>(ByteArrayCodec.INSTANCE)
        .add(text)
        .add(keys.length)
        .addKeys(keys)
        .addValues(script.arguments(setup, key, cost, now));
    CompletableFuture<Object> answer;
    try {
      answer = connection
          .async()
          .dispatch(CommandType.EVAL, new WholeReply(), call)
          .toCompletableFuture();
    } catch (RedisException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    return Pending.bounded(name(), answer.thenApply(reply::read));
  }

  /** The names in Redis that begin with the namespace: a script may use several for a key. */
  @Override
  public OptionalLong held() {
    if (!abilities().contains(Ability.HELD)) {
      return OptionalLong.empty();
    }
    String pattern = setup.namespace().replaceAll("[\\\\*?\\[\\]^]", "\\\\$0") + "*";
    Set<String> names = new HashSet<>();
    try {
      // A scan may tell a name twice.
      ScanIterator.scan(connection.sync(), ScanArgs.Builder.limit(1_000).match(pattern))
          .forEachRemaining(name -> names.add(new String(name, StandardCharsets.ISO_8859_1)));
    } catch (RedisException e) {
      throw new NoAnswerException("the keys cannot be counted: " + e.getMessage(), e);
    }
    return OptionalLong.of(names.size());
  }

  @Override
  public Optional<TestedLimiter> another(Duration ahead) {
    long aheadMicros = TimeUnit.NANOSECONDS.toMicros(ahead.toNanos());
    return Optional.of(connect(script, setup, () -> time.micros() + aheadMicros));
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
