package dev.ratelab.limiter.redis.launch;

import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisFailure;

/** A real Redis for a run: started here, or somebody's. */
public final class RunningRedis implements AutoCloseable {
  /** Names the Redis that tests use, by URL. */
  public static final String TEST_URL = "RATELAB_REDIS_URL";

  /** Says what tests start when no URL is set: {@code embedded}, the default, or {@code docker}. */
  public static final String TEST_KIND = "RATELAB_REDIS";

  private final RedisAddress address;
  private final Runnable stop;

  private RunningRedis(RedisAddress address, Runnable stop) {
    this.address = address;
    this.stop = stop;
  }

  /**
   * Has a Redis ready.
   *
   * @param spec {@code embedded} for one of our own, {@code docker} for one in a container, or the URL of one that runs
   * @throws IllegalArgumentException if the spec is none of these
   * @throws NoRedisException if that Redis cannot be had
   */
  public static RunningRedis open(String spec) {
    return switch (spec) {
      case "embedded" -> embeddedOn(EmbeddedRedis.ANY_PORT);
      case "docker" -> DockerRedis.start(RunningRedis::new);
      default -> existing(spec);
    };
  }

  /**
   * Starts one of our own on the port of another that has died, for a rehearsal of outages.
   *
   * @throws NoRedisException if that port is taken, or no Redis can be had
   */
  public static RunningRedis embeddedOn(int port) {
    EmbeddedRedis redis = EmbeddedRedis.start(port, false);
    return new RunningRedis(redis.address(), redis::stop);
  }

  /** The Redis for a test: the one that {@value #TEST_URL} names, or else what {@value #TEST_KIND} says. */
  public static RunningRedis forTests() {
    String url = System.getenv(TEST_URL);
    if (url != null) {
      return open(url);
    }
    String kind = System.getenv(TEST_KIND);
    return open(kind == null ? "embedded" : kind);
  }

  /** Where it is. */
  public RedisAddress address() {
    return address;
  }

  /** Stops what was started for this run, and only that. */
  @Override
  public void close() {
    stop.run();
  }

  private static RunningRedis existing(String url) {
    if (!url.contains("://")) {
      throw new IllegalArgumentException(
          "unknown Redis%s; accepted: embedded, docker, or a URL such as redis://localhost:6379"
              // What has an @ may be a login that lost its scheme.
              .formatted(url.contains("@") ? "" : " '" + url + "'"));
    }
    RunningRedis there = at(RedisAddress.parse(url));
    try {
      JedisClient.connect(there.address).close();
    } catch (RedisFailure e) {
      throw new NoRedisException(String.valueOf(e.getMessage()), e);
    }
    return there;
  }

  /** Somebody's, which is not asked whether it is there. */
  public static RunningRedis at(RedisAddress address) {
    return new RunningRedis(address, () -> {});
  }
}
