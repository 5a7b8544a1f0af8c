package dev.ratelab.bench;

import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.reports.results.Notice;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The Redis that a run measures.
 *
 * @param url where it is, with the password if it has one: not to be shown
 * @param backend {@code redis}, or {@code redis-cluster} if it belongs to one
 * @param version the server's version, for example {@code 7.0.15}
 */
public record RedisUnderTest(String url, String backend, String version) {
  // A script, because all that a limiter's client can do is run scripts; and they reply with
  // integers only.
  private static final Script INFO = Script.of("info", """
      local info = redis.call('INFO')
      local major, minor, patch = string.match(info, 'redis_version:(%d+)%.(%d+)%.(%d+)')
      local cluster = string.find(info, 'cluster_enabled:1', 1, true)
      return {tonumber(major), tonumber(minor), tonumber(patch), cluster and 1 or 0}
      """);

  /**
   * Asks a server what it is.
   *
   * @param url as {@link RedisAddress#parse} accepts it
   * @throws dev.ratelab.limiter.redis.RedisFailure if it does not answer
   */
  public static RedisUnderTest at(String url) {
    try (RedisClient client = JedisClient.connect(RedisAddress.parse(url))) {
      byte[] anyKey = "ratelab".getBytes(StandardCharsets.US_ASCII);
      List<Long> info = client.run(INFO, anyKey, List.of(), Target.DEADLINE);
      return new RedisUnderTest(
          url,
          info.get(3) == 1 ? Subject.REDIS_CLUSTER : Subject.REDIS,
          "%s.%s.%s".formatted(info.get(0), info.get(1), info.get(2)));
    }
  }

  /**
   * What the server says of its allocator and its settings, or why it does not, for the environment of a run.
   *
   * @param warnings gets what a reader must know before believing a number
   */
  public Map<String, String> facts(Consumer<Notice> warnings) {
    return RedisFacts.of(RedisAddress.parse(url), warnings);
  }

  /** The address, without the password. */
  @Override
  public String toString() {
    return RedisAddress.parse(url).toString();
  }
}
