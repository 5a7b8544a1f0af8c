package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.Algorithm;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Objects;

/** A Lua script and the SHA-1 that Redis knows it by. */
public final class Script {
  private final String name;
  private final byte[] text;
  private final String sha;

  private Script(String name, byte[] text) {
    this.name = name;
    this.text = text;
    sha = HexFormat.of().formatHex(RedisKeys.digest("SHA-1").digest(text));
  }

  /** The script of an algorithm: the prelude, then the algorithm's own file. */
  public static Script of(Algorithm algorithm) {
    return of(algorithm.id(), resource("prelude") + resource(algorithm.id()));
  }

  /**
   * The script that decides several policies together: the scripts of all algorithms, each as a function, and around them what
   * keeps their writes until all have admitted.
   */
  public static Script joint() {
    StringBuilder text = new StringBuilder(resource("joint-begin"));
    for (Algorithm algorithm : Algorithm.values()) {
      text.append("\nalgorithms['").append(algorithm.id()).append("'] = function(KEYS, ARGV)\n");
      text.append(resource("prelude")).append(resource(algorithm.id())).append("end\n");
    }
    return of("joint", text.append('\n').append(resource("joint-end")).toString());
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

  private static String resource(String name) {
    String file = name + ".lua";
    try (InputStream in = Objects.requireNonNull(Script.class.getResourceAsStream(file), file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
