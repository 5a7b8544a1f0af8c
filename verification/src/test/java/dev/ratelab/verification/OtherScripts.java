package dev.ratelab.verification;

import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/** A client that runs other scripts than the ones it is asked to run. */
public class OtherScripts extends ForwardingClient {
  private final UnaryOperator<Script> others;

  /** The client runs, instead of a script, what the function makes of it. */
  public OtherScripts(RedisClient client, UnaryOperator<Script> others) {
    super(client);
    this.others = others;
  }

  @Override
  public List<Long> run(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return super.run(others.apply(script), keys, arguments, deadline);
  }

  @Override
  public List<byte[]> runForStrings(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return super.runForStrings(others.apply(script), keys, arguments, deadline);
  }

  @Override
  public CompletionStage<List<Long>> runAsync(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return super.runAsync(others.apply(script), keys, arguments, deadline);
  }
}
