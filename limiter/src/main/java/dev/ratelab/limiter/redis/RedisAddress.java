package dev.ratelab.limiter.redis;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a Redis is, and how to log in.
 *
 * @param host name or address, an IPv6 address without brackets
 * @param port 1 to 65535
 * @param user the ACL user, or null for the default one
 * @param password the password, or null for none
 * @param database the database's index, 0 in a cluster
 * @param tls whether to speak TLS. The server's certificate must then be valid, from a trusted authority, and for the host
 * @param files what a connection over TLS trusts and shows
 */
public record RedisAddress(
    String host,
    int port,
    @Nullable String user,
    @Nullable String password,
    int database,
    boolean tls,
    TlsFiles files) {

  private static final String ACCEPTED =
      "accepted: redis://[[user]:password@]host[:port][/database], or rediss:// for TLS";

  // Not URI.getHost(), which is null for names with an underscore, as container networks have them.
  private static final Pattern AUTHORITY = Pattern.compile(
      "(?:(?<user>[^:@]*)(?::(?<password>[^@]*))?@)?(?:\\[(?<v6>[0-9A-Fa-f:.%]+)]|(?<name>[A-Za-z0-9._-]+))(?::(?<port>\\d{1,5}))?");

  /** An address that trusts what the JVM trusts. */
  public RedisAddress(
      String host,
      int port,
      @Nullable String user,
      @Nullable String password,
      int database,
      boolean tls) {
    this(host, port, user, password, database, tls, TlsFiles.NONE);
  }

  /**
   * Reads a URL.
   *
   * @throws IllegalArgumentException if it is not one of a Redis; the message shows no part of it, since any part may be a
   *     password that was not percent-encoded
   */
  public static RedisAddress parse(String url) {
    return parse(url, null);
  }

  /**
   * Reads a URL whose password is kept elsewhere: {@code redis://[user@]host[:port][/database]}.
   *
   * @param elsewhere the password, or null if it is in the URL, or there is none
   * @throws IllegalArgumentException if it is not one of a Redis, or there are two passwords; the message shows no part of either
   */
  public static RedisAddress parse(String url, @Nullable String elsewhere) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw refused("is not a URL");
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("redis") && !scheme.equals("rediss")) {
      throw refused("does not begin with redis:// or rediss://");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw refused("has parameters");
    }
    if (uri.getRawAuthority() == null) {
      throw refused("names no host");
    }
    Matcher authority = AUTHORITY.matcher(uri.getRawAuthority());
    if (!authority.matches()) {
      throw refused("has no such [[user]:password@]host[:port]");
    }
    int port = authority.group("port") == null ? 6379 : Integer.parseInt(authority.group("port"));
    if (port < 1 || port > 65535) {
      throw refused("names no port from 1 to 65535");
    }
    String user = decode(authority.group("user"));
    String inside = authority.group("password");
    if (elsewhere != null && inside != null) {
      throw new IllegalArgumentException(
          "the Redis URL has a password, and there is one outside of it too; accepted: one of the two");
    }
    if (elsewhere == null && inside == null && authority.group("user") != null) {
      throw refused("has a user without a password");
    }
    String password = elsewhere == null ? decode(inside) : elsewhere;
    boolean login = !user.isEmpty() || !password.isEmpty();
    String v6 = authority.group("v6");
    return new RedisAddress(
        v6 == null ? authority.group("name") : v6,
        port,
        user.isEmpty() ? null : user,
        login ? password : null,
        database(uri.getRawPath()),
        scheme.equals("rediss"));
  }

  /** An address without login, database or TLS. */
  public static RedisAddress of(String host, int port) {
    return new RedisAddress(host, port, null, null, 0, false);
  }

  /** The same address with other files. */
  public RedisAddress withFiles(TlsFiles others) {
    return new RedisAddress(host, port, user, password, database, tls, others);
  }

  /** The address, without the password. */
  @Override
  public String toString() {
    return "%s://%s%s:%s%s"
        .formatted(
            tls ? "rediss" : "redis",
            password == null ? "" : (user == null ? "" : user) + ":***@",
            host.contains(":") ? "[" + host + "]" : host,
            port,
            database == 0 ? "" : "/" + database);
  }

  private static int database(@Nullable String path) {
    if (path == null || path.isEmpty() || path.equals("/")) {
      return 0;
    }
    if (!path.matches("/\\d{1,5}")) {
      throw refused("names no database by its number");
    }
    return Integer.parseInt(path.substring(1));
  }

  private static String decode(@Nullable String text) {
    return text == null ? "" : URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static IllegalArgumentException refused(String what) {
    return new IllegalArgumentException("the Redis URL " + what + "; " + ACCEPTED);
  }
}
