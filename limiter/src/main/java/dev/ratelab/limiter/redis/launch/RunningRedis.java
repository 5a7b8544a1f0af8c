package dev.ratelab.limiter.redis.launch;

import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisFailure;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A real Redis for a run: started here, or somebody's. */
public final class RunningRedis implements AutoCloseable {
  /** Names the Redis that tests use, by URL. */
  public static final String TEST_URL = "RATELAB_REDIS_URL";

  /** Says what tests start when no URL is set, as {@link #open} takes it; {@code embedded} is the default. */
  public static final String TEST_KIND = "RATELAB_REDIS";

  /** What is accepted beside a URL. */
  private static final String KINDS = "embedded, embedded-cluster:N with 1 to 64 primaries, docker";

  // More would have nodes without a counter: a key has one of 64 hash tags.
  private static final Pattern CLUSTER =
      Pattern.compile("embedded-cluster:([1-9]|[1-5]\\d|6[0-4])");

  private final List<RedisAddress> primaries;
  private final Runnable stop;
  private final Supplier<RunningRedis> again;

  private RunningRedis(List<RedisAddress> primaries, Runnable stop, Supplier<RunningRedis> again) {
    this.primaries = primaries;
    this.stop = stop;
    this.again = again;
  }

  private RunningRedis(RedisAddress address, Runnable stop) {
    this(List.of(address), stop, () -> {
      throw new IllegalStateException(address + " is not of this process");
    });
  }

  private static RunningRedis of(RedisCluster cluster) {
    return new RunningRedis(cluster.addresses(), cluster::close, () -> of(cluster.again()));
  }

  /**
   * Has a Redis ready.
   *
   * @param spec {@code embedded} for one of our own, {@code embedded-cluster:N} for a cluster of N primaries with a replica each,
   *     {@code docker} for one in a container, or the URL of one that runs
   * @throws IllegalArgumentException if the spec is none of these
   * @throws NoRedisException if that Redis cannot be had
   */
  public static RunningRedis open(String spec) {
    Matcher cluster = CLUSTER.matcher(spec);
    if (cluster.matches()) {
      return of(RedisCluster.startWithReplicas(Integer.parseInt(cluster.group(1))));
    }
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
    EmbeddedRedis redis = EmbeddedRedis.start(port);
    RedisAddress address = redis.address();
    return new RunningRedis(List.of(address), redis::stop, () -> embeddedOn(address.port()));
  }

  /** The Redis for a test: the one that {@value #TEST_URL} names, or else what {@value #TEST_KIND} says. */
  public static RunningRedis forTests() {
    String url = System.getenv(TEST_URL);
    return url == null ? ownForTests() : open(url);
  }

  /** One that nobody else uses, for a test that changes or ends its Redis: what {@value #TEST_KIND} says. */
  public static RunningRedis ownForTests() {
    String kind = System.getenv(TEST_KIND);
    return open(kind == null ? "embedded" : kind);
  }

  /** Where it is; of a cluster, its first node. */
  public RedisAddress address() {
    return primaries.get(0);
  }

  /** All servers that keys lie on, as it was started: more than one in a cluster of our own. */
  public List<RedisAddress> primaries() {
    return primaries;
  }

  /**
   * Ends one of our own and starts an empty one in its place.
   *
   * @throws IllegalStateException if it is no embedded one
   * @throws NoRedisException if that cannot be had
   */
  public RunningRedis again() {
    close();
    return again.get();
  }

  /** Stops what was started for this run, and only that. */
  @Override
  public void close() {
    stop.run();
  }

  private static RunningRedis existing(String url) {
    if (!url.contains("://")) {
      throw new IllegalArgumentException(
          "unknown Redis%s; accepted: %s, or a URL such as redis://localhost:6379"
              // What has an @ may be a login that lost its scheme.
              .formatted(url.contains("@") ? "" : " '" + url + "'", KINDS));
    }
    RunningRedis there = at(RedisAddress.parse(url));
    try {
      JedisClient.connect(there.address()).close();
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
