package dev.ratelab.limiter.redis;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/** A client that hands all on to another one, which may be asked to run other scripts. */
public class ForwardingClient implements RedisClient {
  private final RedisClient client;
  private final UnaryOperator<Script> scripts;

  protected ForwardingClient(RedisClient client) {
    this(client, UnaryOperator.identity());
  }

  /** Of a client that runs, instead of a script, what the function makes of it. */
  public ForwardingClient(RedisClient client, UnaryOperator<Script> scripts) {
    this.client = client;
    this.scripts = scripts;
  }

  @Override
  public String name() {
    return client.name();
  }

  @Override
  public boolean clustered() {
    return client.clustered();
  }

  @Override
  public boolean pipelines() {
    return client.pipelines();
  }

  @Override
  public List<Long> run(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return client.run(scripts.apply(script), keys, arguments, deadline);
  }

  @Override
  public List<byte[]> runForStrings(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return client.runForStrings(scripts.apply(script), keys, arguments, deadline);
  }

  @Override
  public CompletionStage<List<Long>> runAsync(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return client.runAsync(scripts.apply(script), keys, arguments, deadline);
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
