package dev.ratelab.server.policies;

import dev.ratelab.limiter.redis.RedisFailure;

/**
 * Policies in Redis, and until it has been reached for the first time those that the server was started with: all that it knows, and
 * what it would store. Where Redis then holds others, those are served.
 */
public final class LatePolicies implements PolicySource {
  private final RedisPolicies redis;
  private final PolicyDocument start;
  private boolean seeded;
  private boolean looked;

  public LatePolicies(RedisPolicies redis, PolicyDocument start) {
    this.redis = redis;
    this.start = start;
  }

  @Override
  public String name() {
    return redis.name();
  }

  @Override
  public Found look() {
    try {
      if (!seeded) {
        redis.seed(start);
        seeded = true;
      }
      return redis.look();
    } catch (RedisFailure e) {
      if (looked) {
        throw e;
      }
      return () -> start;
    } finally {
      looked = true;
    }
  }

  @Override
  public void serves(Found found) {
    redis.serves(found);
  }
}
