package dev.ratelab.verification.fault;

import dev.ratelab.limiter.redis.Script;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * A piece of a script's text and what is put in its place, everywhere in any script: the batch script has the text of all algorithms, and
 * some have pieces in common.
 */
public final class Mutation implements UnaryOperator<Script> {
  private final int times;
  private final String original;
  private final String replacement;
  private final Map<String, Script> bySha = new ConcurrentHashMap<>();

  /** Throws unless the piece occurs there exactly once: the script has changed, and the fault would silently be another or none. */
  public Mutation(Script script, String original, String replacement) {
    this(script, 1, original, replacement);
  }

  /** As above, of a piece that occurs so often: the scripts repeat {@code muldiv.lua} wherever they multiply. */
  Mutation(Script script, int times, String original, String replacement) {
    this.times = times;
    this.original = original;
    this.replacement = replacement;
    requireAsOften(script);
  }

  @Override
  public Script apply(Script script) {
    return bySha.computeIfAbsent(script.sha(), sha -> mutate(script));
  }

  private Script mutate(Script script) {
    String text = text(script);
    if (!text.contains(original)) {
      return script;
    }
    return Script.of(script.name() + " with a fault", text.replace(original, replacement));
  }

  private void requireAsOften(Script script) {
    int occurrences = text(script).split(Pattern.quote(original), -1).length - 1;
    if (occurrences != times) {
      throw new IllegalArgumentException("'%s' occurs %d times in %s; accepted: %d"
          .formatted(original, occurrences, script, times));
    }
  }

  private static String text(Script script) {
    return new String(script.text(), StandardCharsets.UTF_8);
  }
}
