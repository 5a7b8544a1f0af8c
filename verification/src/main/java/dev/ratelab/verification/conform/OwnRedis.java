package dev.ratelab.verification.conform;

import dev.ratelab.limiter.redis.launch.NoRedisException;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import redis.clients.jedis.Jedis;

/** A Redis that was started for this run, so that it may be emptied and restarted. */
public final class OwnRedis implements AutoCloseable {
  private RunningRedis running;

  /** Starts one; throws {@link NoRedisException} if none can be had. */
  public OwnRedis() {
    running = RunningRedis.open("embedded");
  }

  /** Where it is, also after a restart. */
  public String url() {
    return running.address().toString();
  }

  void flushScripts() {
    try (Jedis jedis = new Jedis(running.address().host(), running.address().port())) {
      jedis.scriptFlush();
    }
  }

  void empty() {
    try (Jedis jedis = new Jedis(running.address().host(), running.address().port())) {
      jedis.flushAll();
    }
  }

  /** Ends it and starts an empty one in its place. */
  void restart() {
    int port = running.address().port();
    running.close();
    running = RunningRedis.embeddedOn(port);
  }

  @Override
  public void close() {
    running.close();
  }
}
