package dev.ratelab.limiter.redis;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a Redis is, and how to log in.
 *
 * @param host name or address
 * @param port 1 to 65535
 * @param user the ACL user, or null for the default one
 * @param password the password, or null for none
 * @param database the database's index, 0 in a cluster
 * @param tls whether to speak TLS
 */
public record RedisAddress(
    String host,
    int port,
    @Nullable String user,
    @Nullable String password,
    int database,
    boolean tls) {

  private static final String ACCEPTED =
      "accepted: redis://[[user]:password@]host[:port][/database], or rediss:// for TLS";

  /**
   * Reads a URL.
   *
   * @throws IllegalArgumentException if it is not one of a Redis; the message never shows a password
   */
  public static RedisAddress parse(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw refused("the Redis URL is not a URL");
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("redis") && !scheme.equals("rediss")) {
      throw refused("the Redis URL begins with '%s'".formatted(scheme));
    }
    if (uri.getHost() == null) {
      throw refused("the Redis URL names no host");
    }
    if (uri.getQuery() != null || uri.getFragment() != null) {
      throw refused("the Redis URL has parameters");
    }
    int port = uri.getPort() == -1 ? 6379 : uri.getPort();
    if (port < 1 || port > 65535) {
      throw refused("the Redis URL names port " + port);
    }
    String user = null;
    String password = null;
    if (uri.getRawUserInfo() != null) {
      String[] login = uri.getRawUserInfo().split(":", 2);
      if (login.length != 2) {
        throw refused("the Redis URL names a user without a password");
      }
      user = login[0].isEmpty() ? null : decode(login[0]);
      password = decode(login[1]);
    }
    return new RedisAddress(
        uri.getHost(), port, user, password, database(uri.getPath()), scheme.equals("rediss"));
  }

  /** An address without login, database or TLS. */
  public static RedisAddress of(String host, int port) {
    return new RedisAddress(host, port, null, null, 0, false);
  }

  /** The address, without the password. */
  @Override
  public String toString() {
    return "%s://%s%s:%d%s"
        .formatted(
            tls ? "rediss" : "redis",
            password == null ? "" : (user == null ? "" : user) + ":***@",
            host,
            port,
            database == 0 ? "" : "/" + database);
  }

  private static int database(@Nullable String path) {
    String index = path == null ? "" : path.replaceFirst("^/", "");
    if (index.isEmpty()) {
      return 0;
    }
    if (!index.matches("\\d{1,5}")) {
      throw refused("the Redis URL names the database '%s'".formatted(index));
    }
    return Integer.parseInt(index);
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static IllegalArgumentException refused(String what) {
    return new IllegalArgumentException(what + "; " + ACCEPTED);
  }
}
