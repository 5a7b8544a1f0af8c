package dev.ratelab.verification.conform.tested;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A limiter behind a program that answers one line of JSON for each line of JSON: docs/conform-protocol.md. */
public final class TestedProgram implements TestedLimiter {
  private final List<String> command;
  private final Path directory;
  private final Setup setup;
  private final ProgramDialogue dialogue;
  private final Set<Ability> abilities = EnumSet.noneOf(Ability.class);

  private TestedProgram(
      List<String> command, Path directory, Setup setup, ProgramDialogue dialogue) {
    this.command = command;
    this.directory = directory;
    this.setup = setup;
    this.dialogue = dialogue;
    addIfTold("cost", Ability.COST);
    addIfTold("size", Ability.HELD);
    addIfTold("shared", Ability.ANOTHER);
    if (abilities.contains(Ability.ANOTHER)) {
      addIfTold("clock", Ability.CLOCK);
    }
  }

  private void addIfTold(String field, Ability ability) {
    if (dialogue.hello().path(field).asBoolean(false)) {
      abilities.add(ability);
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
    try {
      return new TestedProgram(command, directory, setup, new ProgramDialogue(process));
    } catch (NoAnswerException e) {
      process.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return dialogue.name();
  }

  @Override
  public Set<Ability> abilities() {
    return Set.copyOf(abilities);
  }

  @Override
  public CompletableFuture<Answer> ask(String key, long cost) {
    return answer(
        ProgramDialogue.question().put("key", key).put("cost", cost), ProgramAnswer::read);
  }

  @Override
  public OptionalLong held() {
    return abilities.contains(Ability.HELD)
        ? OptionalLong.of(
            Pending.join(answer(ProgramDialogue.question().put("op", "size"), ProgramAnswer::size)))
        : OptionalLong.empty();
  }

  private <T> CompletableFuture<T> answer(ObjectNode question, Function<JsonNode, T> meaning) {
    return Pending.bounded(name(), dialogue.ask(question).thenApply(meaning));
  }

  @Override
  public Optional<TestedLimiter> another(Duration ahead) {
    return abilities.contains(Ability.ANOTHER)
        ? Optional.of(start(command, directory, setup, ahead))
        : Optional.empty();
  }

  @Override
  public void close() {
    dialogue.close();
  }
}
