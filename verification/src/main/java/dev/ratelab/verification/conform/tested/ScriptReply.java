package dev.ratelab.verification.conform.tested;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a script's reply is read: {@code allowed=[0]==1, remaining=[1], retryAfterMs=[2]}.
 *
 * <ul>
 *   <li>{@code reply} is the whole reply, {@code [0]} an array's first element, {@code [1][0]} one of a nested array.
 *   <li>{@code allowed}, which need not be named, is compared, by {@code == != < <= > >=}, with a number, a {@code 'text'} or {@code nil}; uncompared it is false
 *       for 0, nil, "" and "false".
 *   <li>{@code remaining} is a number, rounded down.
 *   <li>{@code retryAfterS}, {@code retryAfterMs}, {@code retryAfterUs}, and {@code resetAfter} likewise, are waits in the unit of their
 *       name. Less than nothing, as in redis-cell's -1, is not told, and neither is nil.
 * </ul>
 */
final class ScriptReply {
  private static final String ALLOWED = "allowed";
  private static final String ACCEPTED =
      "accepted: allowed=[0]==1, remaining=[1], retryAfterMs=[2], or reply for the whole reply";
  private static final Pattern PART = Pattern.compile(
      "(?:(?<name>allowed|remaining|(?:retry|reset)After(?:S|Ms|Us))\\s*=(?!=)\\s*)?(?<path>reply|(?:\\[\\d{1,4}])+)"
          + "(?:\\s*(?<sign>[=!]=|[<>]=?)\\s*(?<value>nil|-?\\d+(?:[.]\\d+)?|'[^']*'))?");
  private static final Pattern INDEX = Pattern.compile("\\d+");
  private static final Map<String, Long> UNITS = Map.of("S", 1_000_000L, "Ms", 1_000L, "Us", 1L);

  private final Map<String, Matcher> parts = new HashMap<>();

  /**
   * Reads an expression.
   *
   * @throws IllegalArgumentException if it is none, or tells of no admission
   */
  static ScriptReply parse(String expression) {
    ScriptReply reply = new ScriptReply();
    for (String text : expression.split(",", -1)) {
      Matcher part = PART.matcher(text.strip());
      if (!part.matches()) {
        throw problem(expression);
      }
      String name = part.group("name") == null ? ALLOWED : part.group("name");
      if ((part.group("sign") != null && !name.equals(ALLOWED))
          || reply.parts.put(name, part) != null) {
        throw problem(expression);
      }
    }
    if (!reply.parts.containsKey(ALLOWED)) {
      throw problem(expression);
    }
    return reply;
  }

  private static IllegalArgumentException problem(String expression) {
    return new IllegalArgumentException(
        "the reply is read by '%s'; %s".formatted(expression, ACCEPTED));
  }

  /** Reads what Lettuce made of a reply: numbers, byte arrays, lists and null. */
  Answer read(@Nullable Object reply) {
    return new Answer(allowed(reply), remaining(reply), wait(reply, "retry"), wait(reply, "reset"));
  }

  private boolean allowed(@Nullable Object reply) {
    Matcher part = Objects.requireNonNull(parts.get(ALLOWED));
    Object value = element(reply, part);
    String sign = part.group("sign");
    if (sign == null) {
      BigDecimal number = number(value);
      return number == null
          ? value != null && !value.equals("") && !value.equals("false")
          : number.signum() != 0;
    }
    return compare(value, sign, part.group("value"), reply);
  }

  private static boolean compare(
      @Nullable Object value, String sign, String other, @Nullable Object reply) {
    if (other.equals("nil") || other.startsWith("'")) {
      boolean equal = other.equals("nil")
          ? value == null
          : other.substring(1, other.length() - 1).equals(value);
      return switch (sign) {
        case "==" -> equal;
        case "!=" -> !equal;
        default -> throw unreadable(reply, "%s with %s".formatted(sign, other));
      };
    }
    BigDecimal number = number(value);
    if (number == null) {
      throw unreadable(reply, "a number where allowed is");
    }
    int order = number.compareTo(new BigDecimal(other));
    return switch (sign) {
      case "==" -> order == 0;
      case "!=" -> order != 0;
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      default -> order >= 0;
    };
  }

  private @Nullable Long remaining(@Nullable Object reply) {
    BigDecimal number = told(reply, "remaining");
    return number == null ? null : (Long) number.setScale(0, RoundingMode.FLOOR).longValue();
  }

  private @Nullable ToldWait wait(@Nullable Object reply, String which) {
    for (Map.Entry<String, Long> unit : UNITS.entrySet()) {
      BigDecimal number = told(reply, which + "After" + unit.getKey());
      if (number != null && number.signum() >= 0) {
        return new ToldWait(Math.round(number.doubleValue() * unit.getValue()), unit.getValue());
      }
    }
    return null;
  }

  private @Nullable BigDecimal told(@Nullable Object reply, String name) {
    Matcher part = parts.get(name);
    Object value = part == null ? null : element(reply, part);
    if (value == null) {
      return null;
    }
    BigDecimal number = number(value);
    if (number == null) {
      throw unreadable(reply, "a number where %s is".formatted(name));
    }
    return number;
  }

  /** Lua's nil ends an array, so what lies beyond its end is nil. */
  private static @Nullable Object element(@Nullable Object reply, Matcher part) {
    Object value = reply;
    Matcher index = INDEX.matcher(part.group("path"));
    while (index.find()) {
      if (!(value instanceof List<?> list)) {
        throw unreadable(reply, part.group("path"));
      }
      int i = Integer.parseInt(index.group());
      value = i < list.size() ? list.get(i) : null;
    }
    return value instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : value;
  }

  private static @Nullable BigDecimal number(@Nullable Object value) {
    try {
      return value == null ? null : new BigDecimal(value.toString());
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private static NoAnswerException unreadable(@Nullable Object reply, String what) {
    return new NoAnswerException(
        "the script replied %s, which has not %s".formatted(shown(reply), what), null);
  }

  private static String shown(@Nullable Object value) {
    if (value instanceof List<?> list) {
      List<String> texts = new ArrayList<>();
      list.forEach(element -> texts.add(shown(element)));
      return texts.toString();
    }
    return value instanceof byte[] bytes
        ? "'" + new String(bytes, StandardCharsets.UTF_8) + "'"
        : value == null ? "nil" : value.toString();
  }
}
