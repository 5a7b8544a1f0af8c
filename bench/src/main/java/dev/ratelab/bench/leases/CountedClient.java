package dev.ratelab.bench.leases;

import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;

/** A client of another's connections that counts the scripts it asks for. To close it closes nothing. */
final class CountedClient implements RedisClient {
  private final RedisClient client;
  private final LongAdder scripts = new LongAdder();

  CountedClient(RedisClient client) {
    this.client = client;
  }

  /** How many scripts it has asked for. */
  long scripts() {
    return scripts.sum();
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
    scripts.increment();
    return client.run(script, keys, arguments, deadline);
  }

  @Override
  public List<byte[]> runForStrings(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    scripts.increment();
    return client.runForStrings(script, keys, arguments, deadline);
  }

  @Override
  public CompletionStage<List<Long>> runAsync(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    scripts.increment();
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
  public void close() {}
}
