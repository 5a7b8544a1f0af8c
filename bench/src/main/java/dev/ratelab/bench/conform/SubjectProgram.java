package dev.ratelab.bench.conform;

import dev.ratelab.bench.Environment;
import dev.ratelab.limiter.FailureCause;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.Setup;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import dev.ratelab.verification.conform.tested.TestedLimiter.Ability;
import dev.ratelab.verification.conform.tested.TestedProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A built-in subject as a program that keeps to docs/conform-protocol.md: two clients in one JVM may share a lock or a counter that two
 * processes do not, and then no race is seen.
 */
public final class SubjectProgram {
  private static final JsonMapper JSON = JsonMapper.shared();

  // It decides a few thousand times: a quick start counts for more than speed. Flags that the user
  // gave come later and win.
  private static final String[] FLAGS = {"-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"};

  private SubjectProgram() {}

  /** Starts it in a process of its own, on the Redis and in the namespace of an opening. */
  static TestedProgram start(TestedSubject.Opening opening) {
    List<String> command = new ArrayList<>(Environment.java(SubjectProgram.class, FLAGS));
    command.add(opening.name());
    command.add(Integer.toString(opening.limit().buckets()));
    String redis = opening.redis();
    return TestedProgram.start(
        command,
        Path.of("."),
        new Setup(opening.limit(), redis == null ? "" : redis, opening.namespace()),
        opening.ahead());
  }

  /** Takes the subject and the number of buckets; all else is in the environment. */
  public static void main(String[] arguments) throws IOException {
    PrintStream out = System.out;
    // Nothing else may be said there.
    System.setOut(System.err);
    Setup setup = Setup.of(System.getenv());
    try (TestedLimiter limiter = TestedSubject.open(new TestedSubject.Opening(
        TestedSubject.parse(arguments[0]),
        setup.limit().withBuckets(Integer.parseInt(arguments[1])),
        setup.redis(),
        setup.namespace(),
        Setup.ahead(System.getenv())))) {
      serve(limiter, System.in, out);
    }
  }

  /**
   * Answers questions until there are no more: whether it admits, and what is left. Waits are judged where one instance is asked alone.
   */
  static void serve(TestedLimiter limiter, InputStream in, PrintStream out) throws IOException {
    // Connects and loads classes: who races must not wait for that.
    limiter.ask("first-" + UUID.randomUUID(), 1).exceptionally(e -> null).join();
    say(
        out,
        JSON.createObjectNode()
            .put("name", limiter.name())
            .put("cost", limiter.abilities().contains(Ability.COST)));
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonNode question = JSON.readTree(line);
      var unused = limiter
          .ask(question.path("key").asString(), question.path("cost").asLong())
          .handle(SubjectProgram::told)
          .thenAccept(answer -> say(out, answer.put("id", question.path("id").asLong())));
    }
  }

  private static ObjectNode told(@Nullable Answer answer, @Nullable Throwable failure) {
    ObjectNode told = JSON.createObjectNode();
    if (failure != null) {
      return told.put("error", FailureCause.told(FailureCause.of(failure)));
    }
    Objects.requireNonNull(answer, "it did not fail");
    told.put("allowed", answer.allowed());
    return answer.remaining() == null ? told : told.put("remaining", answer.remaining());
  }

  private static void say(PrintStream out, ObjectNode line) {
    out.println(JSON.writeValueAsString(line));
    out.flush();
  }
}
