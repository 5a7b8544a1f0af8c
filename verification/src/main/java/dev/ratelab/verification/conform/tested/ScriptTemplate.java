package dev.ratelab.verification.conform.tested;

import dev.ratelab.limiter.Limit;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** A Lua script, templates of its KEYS and ARGV, and how its reply is read. */
public final class ScriptTemplate {
  private static final List<String> OF_LIMIT =
      List.of("limit", "burst", "window_s", "window_ms", "window_us", "rate_per_s");
  private static final List<String> PLACES = Stream.of(
          List.of("key", "namespace", "cost", "now_s", "now_ms", "now_us", "random"), OF_LIMIT)
      .flatMap(List::stream)
      .toList();

  private final String name;
  private final String text;
  private final List<Template> keys;
  private final List<Template> arguments;
  private final Template reply;

  private ScriptTemplate(
      String name, String text, List<Template> keys, List<Template> arguments, Template reply) {
    this.name = name;
    this.text = text;
    this.keys = keys;
    this.arguments = arguments;
    this.reply = reply;
  }

  /**
   * Reads the templates. Their places are <code>${key}</code>, <code>${namespace}</code>, <code>${cost}</code>, <code>${limit}</code>,
   * <code>${burst}</code>, <code>${window_s}</code>, <code>${window_ms}</code>, <code>${window_us}</code>,
   * <code>${rate_per_s}</code>, <code>${now_s}</code>, <code>${now_ms}</code>, <code>${now_us}</code> (since 1970, cut to the unit) and
   * <code>${random}</code> (another word each time). A window and a rate that are not whole have decimals.
   *
   * @param name what messages call the script
   * @param text its source
   * @param keys its KEYS
   * @param arguments its ARGV
   * @param reply how its reply is read: {@code allowed=[0]==1, remaining=[1], retryAfterMs=[2]}, or
   *     <code>allowed=reply&lt;=${limit}</code>; see docs/conform-protocol.md
   * @throws IllegalArgumentException if one of them cannot be read, or the key is in none
   */
  public static ScriptTemplate parse(
      String name, String text, List<String> keys, List<String> arguments, String reply) {
    ScriptTemplate template = new ScriptTemplate(
        name, text, templates(keys), templates(arguments), Template.parse(reply, OF_LIMIT));
    if (!template.has("key")) {
      throw new IllegalArgumentException("no ${key} in KEYS or ARGV: all keys would be one");
    }
    var unused = ScriptReply.parse(template.reply.fill(place -> "1"));
    return template;
  }

  private static List<Template> templates(List<String> texts) {
    return texts.stream().map(text -> Template.parse(text, PLACES)).toList();
  }

  String name() {
    return name;
  }

  byte[] text() {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  boolean has(String place) {
    return Stream.concat(keys.stream(), arguments.stream())
        .anyMatch(template -> template.names().contains(place));
  }

  /** Whether all that it writes is known by its namespace. */
  boolean isInNamespace() {
    return keys.stream().allMatch(key -> key.text().startsWith("${namespace}"));
  }

  ScriptReply reply(Limit limit) {
    return ScriptReply.parse(reply.fill(place -> ofLimit(place, limit)));
  }

  byte[][] keys(Setup setup, String key, long cost, long nowMicros) {
    return fill(keys, setup, key, cost, nowMicros);
  }

  byte[][] arguments(Setup setup, String key, long cost, long nowMicros) {
    return fill(arguments, setup, key, cost, nowMicros);
  }

  private static byte[][] fill(
      List<Template> templates, Setup setup, String key, long cost, long nowMicros) {
    return templates.stream()
        .map(template -> template
            .fill(place -> value(place, setup, key, cost, nowMicros))
            .getBytes(StandardCharsets.UTF_8))
        .toArray(byte[][]::new);
  }

  private static String value(String place, Setup setup, String key, long cost, long nowMicros) {
    return switch (place) {
      case "key" -> key;
      case "namespace" -> setup.namespace();
      case "cost" -> Long.toString(cost);
      case "now_s" -> Long.toString(Math.floorDiv(nowMicros, 1_000_000));
      case "now_ms" -> Long.toString(Math.floorDiv(nowMicros, 1_000));
      case "now_us" -> Long.toString(nowMicros);
      case "random" -> UUID.randomUUID().toString();
      default -> ofLimit(place, setup.limit());
    };
  }

  private static String ofLimit(String place, Limit limit) {
    BigDecimal window = BigDecimal.valueOf(limit.windowMicros());
    return switch (place) {
      case "limit" -> Long.toString(limit.permits());
      case "burst" -> Long.toString(limit.burst());
      case "window_s" -> plain(window.movePointLeft(6));
      case "window_ms" -> plain(window.movePointLeft(3));
      case "window_us" -> plain(window);
      case "rate_per_s" ->
        plain(BigDecimal.valueOf(limit.permits())
            .divide(window.movePointLeft(6), MathContext.DECIMAL64));
      default -> throw new IllegalArgumentException(place);
    };
  }

  private static String plain(BigDecimal number) {
    return number.stripTrailingZeros().toPlainString();
  }
}
