package dev.ratelab.verification;

import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/** A client that runs other scripts than the ones it is asked to run. */
public final class OtherScripts implements RedisClient {
  private final RedisClient client;
  private final UnaryOperator<Script> others;

  /** The client runs, instead of a script, what the function makes of it. */
  public OtherScripts(RedisClient client, UnaryOperator<Script> others) {
    this.client = client;
    this.others = others;
  }

  @Override
  public String name() {
    return client.name();
  }

  @Override
  public List<Long> run(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return client.run(others.apply(script), keys, arguments, deadline);
  }

  @Override
  public List<byte[]> runForStrings(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return client.runForStrings(others.apply(script), keys, arguments, deadline);
  }

  @Override
  public CompletionStage<List<Long>> runAsync(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return client.runAsync(others.apply(script), keys, arguments, deadline);
  }

  @Override
  public CompletionStage<?> ping(Duration deadline) {
    return client.ping(deadline);
  }

  @Override
  public void pingBlocking(Duration deadline) {
    client.pingBlocking(deadline);
  }

  @Override
  public void close() {
    client.close();
  }
}
