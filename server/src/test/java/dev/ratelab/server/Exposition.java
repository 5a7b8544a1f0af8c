package dev.ratelab.server;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Prometheus' text format 0.0.4, read strictly. Samples are by name and labels, these as written, such as {@code a_total{b="c"}}. */
public record Exposition(
    Map<String, String> types, Map<String, String> helps, Map<String, Double> samples) {
  private static final Pattern COMMENT =
      Pattern.compile("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)");
  private static final String LABEL = "[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\"";
  private static final Pattern SAMPLE = Pattern.compile(
      "(([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{%s(?:,%s)*\\})?) (\\S+)".formatted(LABEL, LABEL));

  public static Exposition parse(String text) {
    Exposition parsed = new Exposition(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
    text.lines().forEach(parsed::add);
    return parsed;
  }

  public double value(String sample) {
    Double value = samples.get(sample);
    if (value == null) {
      throw new AssertionError("no " + sample + " in " + samples.keySet());
    }
    return value;
  }

  private void add(String line) {
    Matcher comment = COMMENT.matcher(line);
    if (comment.matches()) {
      once(comment.group(1).equals("TYPE") ? types : helps, comment.group(2), comment.group(3));
      return;
    }
    Matcher sample = SAMPLE.matcher(line);
    if (!sample.matches()) {
      throw new AssertionError("no line of the format: " + line);
    }
    String name = sample.group(2);
    if (!types.containsKey(name)
        && !types.containsKey(name.replaceFirst("_(bucket|sum|count)$", ""))) {
      throw new AssertionError("a sample of what was not declared: " + line);
    }
    once(samples, sample.group(1), number(sample.group(3)));
  }

  private static double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  private static <T> void once(Map<String, T> map, String name, T value) {
    if (map.put(name, value) != null) {
      throw new AssertionError(name + " is there twice");
    }
  }
}
