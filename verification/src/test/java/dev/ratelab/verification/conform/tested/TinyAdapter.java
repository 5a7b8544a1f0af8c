package dev.ratelab.verification.conform.tested;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A program that speaks the protocol with the JDK alone: a count that is never reset, or what its argument says. */
final class TinyAdapter {
  private static final Pattern QUESTION =
      Pattern.compile("\"key\":\"(?<key>[^\"]*)\",\"cost\":(?<cost>\\d+),\"id\":(?<id>\\d+)");
  private static final Pattern SIZE = Pattern.compile("\"op\":\"size\",\"id\":(?<id>\\d+)");

  private TinyAdapter() {}

  /** The command that starts it. */
  static List<String> command(String behaviour) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        classes(),
        TinyAdapter.class.getName(),
        behaviour);
  }

  private static String classes() {
    return Path.of(TinyAdapter.class
            .getProtectionDomain()
            .getCodeSource()
            .getLocation()
            .getPath())
        .toString();
  }

  public static void main(String[] arguments) throws Exception {
    String behaviour = arguments[0];
    if (behaviour.equals("mute")) {
      System.err.println("no module named limits");
      return;
    }
    if (behaviour.equals("chatty")) {
      System.out.println("Listening on port 3000");
    }
    if (behaviour.equals("stubborn")) {
      new ProcessBuilder("sleep", "1000").start();
    }
    System.out.println(
        "{\"name\":\"tiny\",\"version\":\"1.0\",\"cost\":true,\"shared\":true,\"size\":true,\"clock\":true}");
    if (behaviour.equals("stubborn")) {
      TimeUnit.DAYS.sleep(1);
    }
    answer(behaviour);
  }

  private static void answer(String behaviour) throws IOException {
    long permits = Long.parseLong(System.getenv("RATELAB_PERMITS"));
    Map<String, Long> spent = new HashMap<>();
    List<String> held = new ArrayList<>();
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = questions.readLine(); line != null; line = questions.readLine()) {
      Matcher size = SIZE.matcher(line);
      if (size.find()) {
        System.out.printf("{\"id\":%s,\"size\":%s}%n", size.group("id"), spent.size());
        continue;
      }
      Matcher question = QUESTION.matcher(line);
      if (!question.find()) {
        throw new IllegalArgumentException("cannot read " + line);
      }
      long id = Long.parseLong(question.group("id"));
      switch (behaviour) {
        case "dies" -> {
          System.err.println("TypeError: x is not a function");
          System.exit(3);
        }
        case "rubbish" -> System.out.println("(node:17) Warning: something");
        case "unknown" -> System.out.println("{\"id\":99,\"allowed\":true}");
        case "closes" -> System.out.close();
        case "error" -> System.out.printf("{\"id\":%s,\"error\":\"the store is away\"}%n", id);
        case "vague" -> System.out.printf("{\"id\":%s,\"allowed\":\"maybe\"}%n", id);
        case "seconds" ->
          System.out.printf(
              "{\"id\":%s,\"allowed\":false,\"retryAfterS\":2,\"resetAfterS\":null}%n", id);
        case "fractions" ->
          System.out.printf(
              "{\"id\":%s,\"allowed\":false,\"retryAfterMs\":1.5,\"unitMs\":0.5}%n", id);
        case "clock" ->
          System.out.printf(
              "{\"id\":%s,\"allowed\":true,\"remaining\":%s}%n",
              id, System.getenv("RATELAB_CLOCK_AHEAD_MS"));
        case "backwards" -> {
          held.add("{\"id\":%s,\"allowed\":%s}".formatted(id, id % 2 == 0));
          if (held.size() == 100) {
            for (int i = 99; i >= 0; i--) {
              System.out.println(held.get(i));
            }
          }
        }
        default -> {
          long sum =
              spent.merge(question.group("key"), Long.parseLong(question.group("cost")), Long::sum);
          System.out.printf(
              "{\"id\":%s,\"allowed\":%s,\"remaining\":%s,\"retryAfterMs\":%s,\"resetAfterMs\":1000}%n",
              id, sum <= permits, Math.max(0, permits - sum), sum <= permits ? 0 : 250);
        }
      }
    }
  }
}
