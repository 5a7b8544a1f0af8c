package dev.ratelab.limiter.redis;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a client must know of a server before it uses it.
 *
 * @param version the server's version, for example {@code 7.0.15}
 * @param cluster whether it is a node of a Redis Cluster
 */
record ServerInfo(String version, boolean cluster) {
  private static final Pattern VERSION =
      Pattern.compile("(?m)^redis_version:((\\d{1,4})\\.(\\d{1,4})[^\\s]*)");

  /**
   * Reads the answer to INFO.
   *
   * @throws RedisFailure if the server is a Sentinel, or too old for the scripts, which need SET with PXAT
   */
  static ServerInfo parse(String info) {
    if (info.contains("redis_mode:sentinel")) {
      throw new RedisFailure(
          "the server is a Sentinel, which decides nothing; accepted: the Redis that it watches",
          null);
    }
    Matcher version = VERSION.matcher(info);
    if (!version.find()) {
      throw new RedisFailure("the server's INFO names no redis_version", null);
    }
    int major = Integer.parseInt(version.group(2));
    if (major < 6 || (major == 6 && Integer.parseInt(version.group(3)) < 2)) {
      throw new RedisFailure(
          "the server is Redis %s; accepted: 6.2 or newer".formatted(version.group(1)), null);
    }
    return new ServerInfo(version.group(1), info.contains("cluster_enabled:1"));
  }
}
