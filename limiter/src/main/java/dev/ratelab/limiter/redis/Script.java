package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.Algorithm;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Lua script and the SHA-1 that Redis knows it by. */
public final class Script {
  /** {@code local q, r = muldiv(a, b, d)}, a line of its own. */
  private static final Pattern MULDIV = Pattern.compile(
      "(?m)^ *(local )?(\\w+), (\\w+) = muldiv\\(([^,\n]+), ([^,\n]+), ([^,\n]+)\\)$");

  private final String name;
  private final byte[] text;
  private final String sha;

  private Script(String name, byte[] text) {
    this.name = name;
    this.text = text;
    sha = HexFormat.of().formatHex(RedisKeys.digest("SHA-1").digest(text));
  }

  /** The script that decides one request under one policy: {@code single.lua} around the algorithm's own file. */
  public static Script of(Algorithm algorithm) {
    return of(
        algorithm.id(),
        "local is_log = %s\n".formatted(algorithm == Algorithm.SLIDING_WINDOW_LOG)
            + with(resource("single"), "BODY", algorithm(algorithm)));
  }

  /** The script that decides many requests, each under one or more policies: {@code batch.lua} around the files of all algorithms. */
  public static Script batch() {
    StringBuilder branches = new StringBuilder();
    for (Algorithm algorithm : Algorithm.values()) {
      branches
          .append(branches.isEmpty() ? "if" : "elseif")
          .append(" algorithm == %s then\n".formatted(number(algorithm)))
          .append(algorithm(algorithm));
    }
    return of(
        "batch",
        "local LOG = %s\n".formatted(number(Algorithm.SLIDING_WINDOW_LOG))
            + with(resource("batch"), "ALGORITHMS", branches + "end\n"));
  }

  /** By which number the batch script knows an algorithm. */
  static int number(Algorithm algorithm) {
    return List.of(Algorithm.values()).indexOf(algorithm);
  }

  /** A file of this folder that is a script by itself. */
  static Script file(String name) {
    return of(name, resource(name));
  }

  /** Any other script, for example one that does nothing. */
  public static Script of(String name, String text) {
    return new Script(name, text.getBytes(StandardCharsets.UTF_8));
  }

  /** What messages call it. */
  public String name() {
    return name;
  }

  /** The source, in UTF-8. */
  public byte[] text() {
    return text.clone();
  }

  /** The SHA-1 of the text: 40 hexadecimal digits in lower case. */
  public String sha() {
    return sha;
  }

  @Override
  public String toString() {
    return name;
  }

  private static String algorithm(Algorithm algorithm) {
    String muldiv = resource("muldiv");
    String own = resource(algorithm.id());
    String body = algorithm == Algorithm.LEAKY_BUCKET
        ? with(resource(Algorithm.GCRA.id()), "DELAY", own)
        : own;
    return MULDIV.matcher(body).replaceAll(line -> {
      String text =
          line.group(1) == null ? "" : "local %s, %s\n".formatted(line.group(2), line.group(3));
      return Matcher.quoteReplacement(text
          + muldiv
              .replace("$q", line.group(2))
              .replace("$r", line.group(3))
              .replace("$a", line.group(4))
              .replace("$b", line.group(5))
              .replace("$d", line.group(6)));
    });
  }

  private static String with(String text, String place, String piece) {
    return text.replaceFirst("(?m)^ *-- %s$".formatted(place), Matcher.quoteReplacement(piece));
  }

  private static String resource(String name) {
    String file = name + ".lua";
    try (InputStream in = Objects.requireNonNull(Script.class.getResourceAsStream(file), file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
