package dev.ratelab.verification.conform.tested;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
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

/** A program's first line, and then any number of questions under way to it: a line of JSON each, and one for its answer. */
final class ProgramDialogue implements AutoCloseable {
  private static final long HELLO_SECONDS = 60;

  /** Any key arrives as it is, whatever the program takes its standard input for. */
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private final ChildProcess process;
  private final BufferedReader output;
  private final JsonNode hello;
  private final String name;
  private final AtomicLong ids = new AtomicLong();
  private final Map<Long, CompletableFuture<JsonNode>> open = new ConcurrentHashMap<>();

  /** Asking never blocks, though a program that does not read blocks whoever writes to it. */
  private final ExecutorService writer =
      Executors.newSingleThreadExecutor(task -> daemon(task, "ratelab-stdin"));

  private volatile @Nullable NoAnswerException broken;

  /**
   * Waits until a program is ready.
   *
   * @param process closed with the dialogue, but left open by what is thrown
   * @throws NoAnswerException if its first line is not what the protocol says
   */
  ProgramDialogue(ChildProcess process) {
    this.process = process;
    output = process.output();
    hello = firstLine();
    name = (hello.path("name").asString("") + " " + hello.path("version").asString("")).strip();
    daemon(this::read, "ratelab-stdout").start();
  }

  private JsonNode firstLine() {
    String line;
    try {
      line = CompletableFuture.supplyAsync(
              this::line, task -> daemon(task, "ratelab-hello").start())
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
    JsonNode first = json(line);
    if (first == null || !first.path("name").isString()) {
      throw new NoAnswerException(
          "the first line is %s; accepted: a JSON object with the limiter's name: %s"
              .formatted(shown(line), process.ending()),
          null);
    }
    return first;
  }

  /** The program's first line. */
  JsonNode hello() {
    return hello;
  }

  /** Whom it says it is, and in which version. */
  String name() {
    return name;
  }

  static ObjectNode question() {
    return JSON.createObjectNode();
  }

  /** The answer to a question; it fails with {@link NoAnswerException} once it is known that none can come. */
  CompletableFuture<JsonNode> ask(ObjectNode question) {
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

  private void read() {
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

  private @Nullable String line() {
    try {
      return output.readLine();
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
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
