package dev.ratelab.verification.conform.tested;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A limiter behind a program that answers one line of JSON for each line of JSON: docs/conform-protocol.md. */
public final class TestedProgram implements TestedLimiter {
  private static final long HELLO_SECONDS = 60;

  /** Any key arrives as it is, whatever the program takes its standard input for. */
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private final List<String> command;
  private final Path directory;
  private final Setup setup;
  private final ChildProcess process;
  private final String name;
  private final Set<Ability> abilities = EnumSet.noneOf(Ability.class);
  private final AtomicLong ids = new AtomicLong();
  private final Map<Long, CompletableFuture<JsonNode>> open = new ConcurrentHashMap<>();

  /** Asking never blocks, though a program that does not read blocks whoever writes to it. */
  private final ExecutorService writer = Executors.newSingleThreadExecutor(task -> {
    Thread thread = new Thread(task, "ratelab-stdin");
    thread.setDaemon(true);
    return thread;
  });

  private volatile @Nullable NoAnswerException broken;

  private TestedProgram(
      List<String> command, Path directory, Setup setup, ChildProcess process, JsonNode hello) {
    this.command = command;
    this.directory = directory;
    this.setup = setup;
    this.process = process;
    name = (hello.path("name").asString("") + " " + hello.path("version").asString("")).strip();
    if (hello.path("cost").asBoolean(false)) {
      abilities.add(Ability.COST);
    }
    if (hello.path("size").asBoolean(false)) {
      abilities.add(Ability.HELD);
    }
    if (hello.path("shared").asBoolean(false)) {
      abilities.add(Ability.ANOTHER);
      if (hello.path("clock").asBoolean(false)) {
        abilities.add(Ability.CLOCK);
      }
    }
  }

  /**
   * Starts a program and waits until it is ready.
   *
   * @param command the program and its arguments: see {@link ShellWords}
   * @param directory its working directory
   * @throws NoAnswerException if it does not start, or its first line is not what the protocol says
   */
  public static TestedProgram start(List<String> command, Path directory, Setup setup) {
    return start(command, directory, setup, Duration.ZERO);
  }

  /**
   * As {@link #start(List, Path, Setup)}.
   *
   * @param ahead how far its own clock must be ahead, behind if negative
   */
  public static TestedProgram start(
      List<String> command, Path directory, Setup setup, Duration ahead) {
    ChildProcess process = ChildProcess.start(command, directory, setup.environment(ahead));
    BufferedReader output = process.output();
    try {
      TestedProgram program =
          new TestedProgram(command, directory, setup, process, hello(process, output));
      Thread reader = new Thread(() -> program.read(output), "ratelab-stdout");
      reader.setDaemon(true);
      reader.start();
      return program;
    } catch (NoAnswerException e) {
      process.close();
      throw e;
    }
  }

  private static JsonNode hello(ChildProcess process, BufferedReader output) {
    String line;
    try {
      line = CompletableFuture.supplyAsync(() -> line(output), task -> {
            Thread thread = new Thread(task, "ratelab-hello");
            thread.setDaemon(true);
            thread.start();
          })
          .get(HELLO_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new NoAnswerException(
          "there was no first line within %s seconds: %s"
              .formatted(HELLO_SECONDS, process.ending()),
          e);
    } catch (ExecutionException e) {
      throw new NoAnswerException("its output cannot be read: " + process.ending(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NoAnswerException("interrupted while a program started", e);
    }
    if (line == null) {
      throw new NoAnswerException("there was no first line: " + process.ending(), null);
    }
    JsonNode hello = json(line);
    if (hello == null || !hello.path("name").isString()) {
      throw new NoAnswerException(
          "the first line is %s; accepted: a JSON object with the limiter's name: %s"
              .formatted(shown(line), process.ending()),
          null);
    }
    return hello;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Set<Ability> abilities() {
    return Set.copyOf(abilities);
  }

  @Override
  public CompletableFuture<Answer> ask(String key, long cost) {
    return Pending.bounded(
        name, send(question().put("key", key).put("cost", cost)).thenApply(ProgramAnswer::read));
  }

  @Override
  public OptionalLong held() {
    if (!abilities.contains(Ability.HELD)) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(Pending.join(
        Pending.bounded(name, send(question().put("op", "size")).thenApply(ProgramAnswer::size))));
  }

  @Override
  public Optional<TestedLimiter> another(Duration ahead) {
    return abilities.contains(Ability.ANOTHER)
        ? Optional.of(start(command, directory, setup, ahead))
        : Optional.empty();
  }

  private static ObjectNode question() {
    return JSON.createObjectNode();
  }

  private CompletableFuture<JsonNode> send(ObjectNode question) {
    long id = ids.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    open.put(id, answer);
    var unused = answer.whenComplete((value, failure) -> open.remove(id));
    // After it is among those that are failed together, or nobody would fail it.
    NoAnswerException known = broken;
    if (known != null) {
      answer.completeExceptionally(known);
      return answer;
    }
    byte[] line =
        (JSON.writeValueAsString(question.put("id", id)) + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      writer.execute(() -> write(line));
    } catch (RejectedExecutionException e) {
      answer.completeExceptionally(new NoAnswerException(name + " is closed", e));
    }
    return answer;
  }

  private void write(byte[] line) {
    try {
      OutputStream input = process.input();
      input.write(line);
      input.flush();
    } catch (IOException e) {
      // The reader finds its output closed, or the questions time out.
    }
  }

  private void read(BufferedReader output) {
    String trouble = "it closed its output";
    try {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        JsonNode answer = json(line);
        long id = answer == null ? 0 : answer.path("id").asLong(0);
        if (answer == null || id < 1 || id > ids.get()) {
          trouble = "it printed %s, which answers no question".formatted(shown(line));
          break;
        }
        CompletableFuture<JsonNode> question = open.get(id);
        if (question != null) {
          question.complete(answer);
        }
      }
    } catch (IOException e) {
      trouble = "its output cannot be read (%s)".formatted(e.getMessage());
    }
    NoAnswerException failure =
        new NoAnswerException("%s: %s: %s".formatted(name, trouble, process.ending()), null);
    broken = failure;
    open.values().forEach(answer -> answer.completeExceptionally(failure));
  }

  private static @Nullable String line(BufferedReader output) {
    try {
      return output.readLine();
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  private static @Nullable JsonNode json(String line) {
    try {
      JsonNode node = JSON.readTree(line);
      return node.isObject() ? node : null;
    } catch (JacksonException e) {
      return null;
    }
  }

  private static String shown(String line) {
    return "'" + (line.length() <= 200 ? line : line.substring(0, 200) + "…") + "'";
  }

  @Override
  public void close() {
    process.close();
    writer.shutdownNow();
  }
}
