package dev.ratelab.bench.load;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is sent to a server, but for the key: {@value #KEY} in the body or in the URL's path and query stands for the request's key.
 * Used by one thread at a time.
 *
 * @param uri the server, any key in place of {@value #KEY}
 * @param host without the brackets of an IPv6 address
 * @param fieldsByLength the same with the length: those of two requests with bodies of one length are the same
 */
public record HttpRequestTemplate(
    URI uri,
    String host,
    int port,
    HttpMethod method,
    String target,
    String body,
    HttpHeaders fields,
    Map<Integer, HttpHeaders> fieldsByLength) {
  /** Where the key goes. */
  public static final String KEY = "${key}";

  /** A request as {@code POST /check} takes it. */
  public static final String CHECK_BODY = "{\"key\":\"" + KEY + "\"}";

  private static final int HTTP_PORT = 80;

  // Not URI.getHost(), which is null for names with an underscore, as container networks have them.
  private static final Pattern AUTHORITY = Pattern.compile(
      "(?:\\[(?<v6>[0-9A-Fa-f:.]+(?:%[\\w.-]+)?)]|(?<name>[A-Za-z0-9._-]+))(?::(?<port>\\d{1,5})?)?");

  /** {@code POST /check} of one of our servers, or a peer's. */
  public static HttpRequestTemplate check(URI uri) {
    return of(uri.toString(), "POST", CHECK_BODY, List.of());
  }

  /**
   * A template.
   *
   * @param headers fields such as {@code X-Api-Key: 1}; one that is set here takes the place of ours, and one that is set several
   *     times is sent as often
   * @throws IllegalArgumentException if one of them cannot be sent; the message is for people
   */
  public static HttpRequestTemplate of(
      String url, String method, String body, List<String> headers) {
    URI uri = uri(url);
    Matcher authority = authority(uri, url);
    String v6 = authority.group("v6");
    String host = v6 == null ? authority.group("name") : v6;
    int port =
        authority.group("port") == null ? HTTP_PORT : Integer.parseInt(authority.group("port"));
    if (port < 1 || port > 65_535) {
      throw refused(url, "has no host, or a port that is none");
    }
    DefaultHttpHeaders fields = new DefaultHttpHeaders();
    // The zone of an address is known to this machine only.
    String named = v6 == null ? host : "[" + v6.replaceFirst("%.*", "") + "]";
    fields.set(HttpHeaderNames.HOST, port == HTTP_PORT ? named : named + ":" + port);
    fields.set(HttpHeaderNames.USER_AGENT, "ratelab");
    fields.set(HttpHeaderNames.ACCEPT, "*/*");
    if (!body.isEmpty()) {
      fields.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
    }
    Set<String> given = new HashSet<>();
    for (String header : headers) {
      int colon = header.indexOf(':');
      if (colon < 1) {
        throw new IllegalArgumentException(
            "'%s' is no header field; accepted: a name, a colon and a value, such as X-Api-Key: 1"
                .formatted(header));
      }
      String name = header.substring(0, colon).strip();
      if (given.add(name.toLowerCase(Locale.ROOT))) {
        fields.remove(name);
      }
      fields.add(name, header.substring(colon + 1).strip());
    }
    HttpMethod verb;
    try {
      verb = new HttpMethod(method);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "'%s' is no method; accepted: such as POST or GET".formatted(method), e);
    }
    String after = url.substring(url.indexOf("://") + "://".length());
    int path = after.indexOf('/');
    int query = after.indexOf('?');
    String target = path >= 0 && (query < 0 || path < query)
        ? after.substring(path)
        : query >= 0 ? "/" + after.substring(query) : "/";
    return new HttpRequestTemplate(
        uri, host, port, verb, target.replaceFirst("#.*$", ""), body, fields, new HashMap<>());
  }

  /** The request for a key. */
  FullHttpRequest request(String key) {
    byte[] bytes = body.replace(KEY, key).getBytes(StandardCharsets.UTF_8);
    HttpHeaders all = fieldsByLength.computeIfAbsent(bytes.length, this::withLength);
    return new DefaultFullHttpRequest(
        HttpVersion.HTTP_1_1,
        method,
        target.replace(KEY, key),
        Unpooled.wrappedBuffer(bytes),
        all,
        EmptyHttpHeaders.INSTANCE);
  }

  private HttpHeaders withLength(int length) {
    HttpHeaders all = fields.copy();
    if (length > 0 || method.equals(HttpMethod.POST) || method.equals(HttpMethod.PUT)) {
      all.set(HttpHeaderNames.CONTENT_LENGTH, length);
    }
    return all;
  }

  private static URI uri(String url) {
    URI uri;
    try {
      uri = URI.create(url.replace(KEY, "user0"));
    } catch (IllegalArgumentException e) {
      throw refused(url, "is no URL");
    }
    if ("https".equalsIgnoreCase(uri.getScheme())) {
      throw refused(url, "asks for TLS, which this generator does not speak");
    }
    if (!"http".equalsIgnoreCase(uri.getScheme())) {
      throw refused(url, "does not begin with http://");
    }
    return uri;
  }

  private static Matcher authority(URI uri, String url) {
    String text = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
    if (text.contains("@")) {
      throw refused(url, "holds a user; give --header 'Authorization: ...' instead");
    }
    Matcher authority = AUTHORITY.matcher(text);
    if (!authority.matches()) {
      throw refused(url, "has no host, or a port that is none");
    }
    return authority;
  }

  private static IllegalArgumentException refused(String url, String why) {
    // What was meant as a password must not end up in a log.
    String shown = url.replaceFirst("//[^/@]*@", "//...@");
    return new IllegalArgumentException(
        "'%s' %s; accepted: such as http://127.0.0.1:8080/check".formatted(shown, why));
  }
}
