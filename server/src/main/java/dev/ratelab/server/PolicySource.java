package dev.ratelab.server;

import dev.ratelab.limiter.redis.RedisFailure;
import org.jspecify.annotations.Nullable;

/** Where policies are kept. One thread at a time may ask. */
interface PolicySource {
  /** What messages call it. */
  String name();

  /**
   * What is there now.
   *
   * @throws ConfigurationException if it is wrong or missing
   * @throws RedisFailure if Redis does not answer
   */
  Loaded load() throws ConfigurationException;

  /**
   * What is there now, if it is not what was there the last time.
   *
   * @return null if nothing changed, and what is there is right
   * @throws ConfigurationException if what is there is wrong or missing, each time anew until it changes
   * @throws RedisFailure if Redis does not answer
   */
  @Nullable
  Loaded poll() throws ConfigurationException;
}
