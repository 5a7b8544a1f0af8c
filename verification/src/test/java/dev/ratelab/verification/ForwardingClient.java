package dev.ratelab.verification;

import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A client that hands all on to another one, for those that change a part of it. */
public abstract class ForwardingClient implements RedisClient {
  private final RedisClient client;

  /** Of a client, which is closed with this one. */
  protected ForwardingClient(RedisClient client) {
    this.client = client;
  }

  @Override
  public String name() {
    return client.name();
  }

  @Override
  public List<Long> run(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return client.run(script, keys, arguments, deadline);
  }

  @Override
  public List<byte[]> runForStrings(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return client.runForStrings(script, keys, arguments, deadline);
  }

  @Override
  public CompletionStage<List<Long>> runAsync(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return client.runAsync(script, keys, arguments, deadline);
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
