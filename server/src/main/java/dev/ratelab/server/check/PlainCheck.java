package dev.ratelab.server.check;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads what nearly every client sends, without a parser of JSON: one object whose names and values are strings of printable ASCII without
 * escapes, and a cost of at most 18 digits. Whatever else there is, right or wrong, is not for it.
 */
final class PlainCheck {
  private static final int MOST_DIGITS = 18;
  private static final byte DELETE = 0x7f;

  private final byte[] body;
  private int at;
  /** What each member says, or null and 0 where it is not there. */
  @Nullable
  String key;

  @Nullable
  String tenant;

  @Nullable
  String policy;

  long cost;

  private PlainCheck(byte[] body) {
    this.body = body;
  }

  /** What a body says, with a key, or null if it is not plain. */
  static @Nullable PlainCheck read(byte[] body) {
    PlainCheck check = new PlainCheck(body);
    if (!check.takes('{')) {
      return null;
    }
    do {
      if (!check.member()) {
        return null;
      }
    } while (check.takes(','));
    boolean whole = check.takes('}') && check.skipped() == body.length;
    return whole && check.key != null ? check : null;
  }

  private boolean member() {
    String name = string();
    if (name == null || !takes(':')) {
      return false;
    }
    return switch (name) {
      case "key" -> key == null && (key = string()) != null;
      case "tenant" -> tenant == null && (tenant = string()) != null;
      case "policy" -> policy == null && (policy = string()) != null;
      case "cost" -> cost == 0 && (cost = number()) != 0;
      default -> false;
    };
  }

  private boolean takes(char wanted) {
    boolean there = skipped() < body.length && body[at] == wanted;
    at += there ? 1 : 0;
    return there;
  }

  /** Where the next thing is that is no white space. */
  private int skipped() {
    while (at < body.length
        && (body[at] == ' ' || body[at] == '\n' || body[at] == '\r' || body[at] == '\t')) {
      at++;
    }
    return at;
  }

  private @Nullable String string() {
    if (!takes('"')) {
      return null;
    }
    int from = at;
    while (at < body.length
        && body[at] >= ' '
        && body[at] != '"'
        && body[at] != '\\'
        && body[at] != DELETE) {
      at++;
    }
    String text = new String(body, from, at - from, StandardCharsets.ISO_8859_1);
    return at < body.length && body[at++] == '"' ? text : null;
  }

  /** 0 if it is none, or not a plain one. */
  private long number() {
    int from = skipped();
    long number = 0;
    while (at < body.length && at - from < MOST_DIGITS && body[at] >= '0' && body[at] <= '9') {
      number = 10 * number + body[at++] - '0';
    }
    return from < body.length && body[from] != '0' ? number : 0;
  }
}
