package dev.ratelab.verification.conform.tested;

import dev.ratelab.limiter.TimeSource;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
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
  private final RedisConnection redis;

  private TestedScript(ScriptTemplate script, Setup setup, TimeSource time, RedisConnection redis) {
    this.script = script;
    this.setup = setup;
    this.time = time;
    this.redis = redis;
    reply = script.reply(setup.limit());
    text = script.text();
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
    return new TestedScript(script, setup, time, RedisConnection.open(setup.redis()));
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
    return Pending.bounded(
        name(), redis.send(CommandType.EVAL, new WholeReply(), call).thenApply(reply::read));
  }

  /** The names in Redis that begin with the namespace: a script may use several for a key. */
  @Override
  public OptionalLong held() {
    return abilities().contains(Ability.HELD)
        ? OptionalLong.of(redis.count(setup.namespace()))
        : OptionalLong.empty();
  }

  @Override
  public Optional<TestedLimiter> another(Duration ahead) {
    long aheadMicros = TimeUnit.NANOSECONDS.toMicros(ahead.toNanos());
    return Optional.of(connect(script, setup, () -> time.micros() + aheadMicros));
  }

  @Override
  public void close() {
    redis.close();
  }
}
