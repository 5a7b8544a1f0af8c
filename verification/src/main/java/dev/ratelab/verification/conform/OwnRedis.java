package dev.ratelab.verification.conform;

import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.launch.NoRedisException;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import java.util.function.Consumer;
import redis.clients.jedis.Jedis;

/** A Redis that was started for this run, so that it may be emptied and restarted. */
public final class OwnRedis implements AutoCloseable {
  private RunningRedis running;

  /**
   * Starts one.
   *
   * @param spec {@code embedded} or {@code embedded-cluster:N}
   * @throws NoRedisException if none can be had
   */
  public OwnRedis(String spec) {
    running = RunningRedis.open(spec);
  }

  /** Where it is, also after a restart; of a cluster, its first node. */
  public String url() {
    return running.address().toString();
  }

  void flushScripts() {
    onEach(Jedis::scriptFlush);
  }

  void empty() {
    onEach(Jedis::flushAll);
  }

  private void onEach(Consumer<Jedis> command) {
    for (RedisAddress server : running.primaries()) {
      try (Jedis jedis = new Jedis(server.host(), server.port())) {
        command.accept(jedis);
      }
    }
  }

  /** Ends it and starts an empty one in its place. */
  void restart() {
    running = running.again();
  }

  @Override
  public void close() {
    running.close();
  }
}
