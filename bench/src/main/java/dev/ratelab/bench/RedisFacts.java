package dev.ratelab.bench;

import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.reports.results.Notice;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/** What a Redis server says of itself that its speed and its bytes depend on. */
final class RedisFacts {
  /** The settings that matter to a limiter's cost: what is written to disk, when keys are evicted, who does the work. */
  private static final List<String> SETTINGS = List.of(
      "save",
      "appendonly",
      "maxmemory",
      "maxmemory-policy",
      "io-threads",
      "hz",
      "activedefrag",
      "lazyfree-lazy-expire");

  private static final String NOT_READ = "not to be read: ";

  /** Commands a second that our own questions before a run may look like. */
  private static final int IDLE = 50;

  private RedisFacts() {}

  /**
   * Names and values for a run's environment. What the login may not ask for is left out and said.
   *
   * @param warnings gets what a reader must know before believing a number
   * @return what the server told, or why it told nothing
   */
  static Map<String, String> of(RedisAddress address, Consumer<Notice> warnings) {
    DefaultJedisClientConfig config =
        JedisClient.login(address).serverDefaultProtocol().build();
    Map<String, String> facts = new LinkedHashMap<>();
    try (Jedis jedis = new Jedis(new HostAndPort(address.host(), address.port()), config)) {
      String info = jedis.info();
      field(info, "mem_allocator").ifPresent(value -> facts.put("redis_allocator", value));
      field(info, "gcc_version").ifPresent(value -> facts.put("redis_compiler", "gcc " + value));
      facts.put("redis_config", settings(jedis));
      field(info, "instantaneous_ops_per_sec")
          .map(Integer::parseInt)
          .filter(others -> others > IDLE)
          .ifPresent(others -> warnings.accept(Notice.warning(
              "redis_load",
              "the Redis served %s commands a second of others when the run began: they count in every number on Redis"
                  .formatted(others))));
    } catch (JedisException e) {
      facts.put("redis_config", NOT_READ + e.getMessage());
    }
    return facts;
  }

  private static String settings(Jedis jedis) {
    StringBuilder text = new StringBuilder();
    for (String setting : SETTINGS) {
      Map<String, String> answer;
      try {
        answer = jedis.configGet(setting);
      } catch (JedisException e) {
        return NOT_READ + e.getMessage();
      }
      // A server that does not know a setting answers with none.
      String value = answer.get(setting);
      if (value != null) {
        text.append(text.isEmpty() ? "" : ", ")
            .append(setting)
            .append(' ')
            .append(value.isEmpty() ? "\"\"" : value);
      }
    }
    return text.toString();
  }

  private static Optional<String> field(String info, String name) {
    Matcher line = Pattern.compile("(?m)^" + name + ":(\\S+)").matcher(info);
    return line.find() ? Optional.of(line.group(1)) : Optional.empty();
  }
}
