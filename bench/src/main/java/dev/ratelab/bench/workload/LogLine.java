package dev.ratelab.bench.workload;

import io.netty.util.NetUtil;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A line of an access log in common or combined log format, with the virtual host in front or without.
 *
 * @param at when, in microseconds since the Unix epoch: the begin of a second
 * @param fields what stands before the time, apart at the spaces
 * @param after what stands between the time and the quoted request
 */
public record LogLine(long at, List<String> fields, String after) {
  /** What a line looks like, for messages. */
  public static final String ACCEPTED =
      "accepted are lines such as: 192.0.2.1 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 512";

  /** Why a line is none that {@link #of} does not read, for messages. */
  public static final String NO_TIME = "it has no time such as [17/May/2015:10:05:03 +0000] in it";

  private static final Pattern TIME = Pattern.compile(
      "\\[(\\d{2}/[A-Za-z]{3}/\\d{4}:\\d{2}:\\d{2}:(\\d{2}) [+-]\\d{4})](?= |$)([^\"]*)");
  private static final DateTimeFormatter FORM = DateTimeFormatter.ofPattern(
          "dd/MMM/uuuu:HH:mm:ss Z", Locale.ENGLISH)
      .withResolverStyle(ResolverStyle.STRICT);
  private static final Pattern SPACES = Pattern.compile("\\s+");
  private static final Pattern BRACKETS = Pattern.compile("^[\\[(]|[]),]+$");
  private static final Pattern VIRTUAL_HOST =
      Pattern.compile("(?:[\\w.*-]*\\w[\\w.*-]*|\\[[0-9A-Fa-f:.]+])(?<port>:\\d{1,5})?");
  private static final Pattern HOST_NAME = Pattern.compile("(?=.*[A-Za-z])\\w(?:[\\w.-]*\\w)?");

  /**
   * Whose request it is.
   *
   * @param name the client's address, or its host name; empty if the line does not tell
   * @param problem why it does not tell, for people; empty if it does
   */
  record Client(String name, String problem) {
    private static Client unknown(String why, String... parts) {
      return new Client(
          "", why.formatted(Arrays.stream(parts).map(TextLines::shown).toArray()));
    }
  }

  /** Reads a line; null if it has no time as an access log writes it. */
  public static @Nullable LogLine of(String text) {
    Matcher time = TIME.matcher(text);
    if (!time.find()) {
      return null;
    }
    boolean leap = time.group(2).equals("60");
    try {
      String stamp = leap ? time.group(1).replace(":60 ", ":59 ") : time.group(1);
      long second = OffsetDateTime.parse(stamp, FORM).toEpochSecond();
      if (leap && ++second % (24 * 60 * 60) != 0) {
        return null;
      }
      String before = text.substring(0, time.start()).strip();
      return new LogLine(second * 1_000_000, List.of(SPACES.split(before)), time.group(3));
    } catch (DateTimeException e) {
      return null;
    }
  }

  /**
   * Tells whose request it is. Of several addresses in the first field, as X-Forwarded-For lists them, it is the first one.
   *
   * @param names whether a host name is a client too
   */
  Client client(boolean names) {
    int first = hasVirtualHost() ? 1 : 0;
    String list = first < fields.size() ? fields.get(first) : "";
    String client = list.contains(",") ? list.substring(0, list.indexOf(',')) : list;
    int next = first + 1;
    while (list.endsWith(",") && next < fields.size()) {
      list = fields.get(next++);
    }
    if (!isAddress(client) && !(names && isName(client, first))) {
      return refused(client, names);
    }
    if (next >= fields.size()) {
      return Client.unknown("after the client '%s' no field stands before the time", client);
    }
    // Where two addresses may each be the client, one guessed wrong would make one client of all.
    return Stream.concat(
            fields.subList(next, fields.size()).stream(), Arrays.stream(after.split(" ")))
        .filter(field -> field.length() > 1)
        .map(field -> BRACKETS.matcher(field).replaceAll(""))
        .filter(field -> isAddress(field) && !field.equals(client))
        .findFirst()
        .map(other -> Client.unknown("'%s' and '%s' may both be the client", client, other))
        .orElse(new Client(client, ""));
  }

  private boolean hasVirtualHost() {
    if (fields.size() < 2 || isAddress(fields.get(0))) {
      return false;
    }
    Matcher host = VIRTUAL_HOST.matcher(fields.get(0));
    return host.matches()
        && (host.group("port") != null || isAddress(fields.get(1).replaceFirst(",.*", "")));
  }

  // With more fields than the format has, a name in front is rather a program's than a client's.
  private boolean isName(String client, int first) {
    return HOST_NAME.matcher(client).matches()
        && (fields.size() == first + 3
            || (fields.size() > first + 1 && fields.get(first + 1).equals("-")));
  }

  private Client refused(String client, boolean names) {
    for (int i = 1; i < fields.size(); i++) {
      if (isAddress(fields.get(i).replaceFirst(",.*", ""))) {
        return Client.unknown(
            "'%s' stands before the client's address '%s'",
            String.join(" ", fields.subList(0, i)), fields.get(i));
      }
    }
    return Client.unknown(
        HOST_NAME.matcher(client).matches() && !names
            ? "its client '%s' is no address; --client-names takes host names too"
            : "its client '%s' is no address",
        client);
  }

  private static boolean isAddress(String text) {
    return NetUtil.isValidIpV4Address(text)
        || (text.indexOf(':') >= 0 && NetUtil.isValidIpV6Address(text));
  }
}
