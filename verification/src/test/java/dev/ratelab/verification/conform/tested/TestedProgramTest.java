package dev.ratelab.verification.conform.tested;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.TestedLimiter.Ability;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestedProgramTest {
  private static final Setup SETUP = new Setup(Limit.of(2, Duration.ofSeconds(1)), "", "n:");

  @Test
  void asks() {
    try (TestedProgram program = start("counts")) {
      assertThat(program.name()).isEqualTo("tiny 1.0");
      assertThat(program.abilities()).containsExactlyInAnyOrder(Ability.values());
      assertThat(program.ask("a", 1).join())
          .isEqualTo(new Answer(true, 1L, new ToldWait(0, 1_000), new ToldWait(1_000_000, 1_000)));
      assertThat(program.ask("a", 2).join())
          .isEqualTo(
              new Answer(false, 0L, new ToldWait(250_000, 1_000), new ToldWait(1_000_000, 1_000)));
      assertThat(program.ask("\ud800ä\n☃", 2).join().allowed()).isTrue();
      assertThat(program.ask("\ud801ä\n☃", 2).join().allowed()).isTrue();
      assertThat(program.held()).hasValue(3);
    }
  }

  @Test
  void hasManyQuestionsUnderWay() {
    try (TestedProgram program = start("backwards")) {
      List<CompletableFuture<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        answers.add(program.ask("k" + i, 1));
      }
      for (int i = 0; i < 100; i++) {
        assertThat(answers.get(i).join()).isEqualTo(Answer.of(i % 2 == 1));
      }
    }
  }

  @Test
  void readsCoarseAndFineWaits() {
    try (TestedProgram seconds = start("seconds");
        TestedProgram fractions = start("fractions")) {
      assertThat(seconds.ask("a", 1).join())
          .isEqualTo(new Answer(false, null, new ToldWait(2_000_000, 1_000_000), null));
      assertThat(fractions.ask("a", 1).join())
          .isEqualTo(new Answer(false, null, new ToldWait(1_500, 500), null));
    }
  }

  @Test
  void startsAnotherWithItsClockOff() {
    try (TestedProgram program = start("clock");
        TestedLimiter another = program.another(Duration.ofHours(-1)).orElseThrow()) {
      assertThat(program.ask("a", 1).join().remaining()).isZero();
      assertThat(another.ask("a", 1).join().remaining()).isEqualTo(-3_600_000);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dies|ended with exit code 3; its last words: TypeError: x is not a function",
        "rubbish|it printed '(node:17) Warning: something', which answers no question",
        "unknown|it printed '{\"id\":99,\"allowed\":true}', which answers no question",
        "closes|it closed its output",
        "error|the store is away",
        "vague|the answer {\"id\":1,\"allowed\":\"maybe\"} has no allowed that is true or false"
      })
  void saysWhyThereIsNoAnswer(String behaviour, String why) {
    try (TestedProgram program = start(behaviour)) {
      List<CompletableFuture<Answer>> answers = List.of(program.ask("a", 1), program.ask("b", 1));
      assertThatThrownBy(answers.get(0)::join)
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOf(NoAnswerException.class)
          .hasMessageContaining(why);
      assertThatThrownBy(answers.get(1)::join).hasCauseInstanceOf(NoAnswerException.class);
      assertThatThrownBy(program.ask("c", 1)::join).hasCauseInstanceOf(NoAnswerException.class);
    }
  }

  @Test
  void saysWhyItDoesNotStart() {
    assertThatThrownBy(() -> start("mute"))
        .isInstanceOf(NoAnswerException.class)
        .hasMessageContaining("there was no first line: ")
        .hasMessageContaining("ended with exit code 0; its last words: no module named limits");
    assertThatThrownBy(() -> start("chatty"))
        .hasMessageContaining(
            "the first line is 'Listening on port 3000'; accepted: a JSON object with the limiter's name");
    assertThatThrownBy(() -> TestedProgram.start(List.of("no-such-program"), Path.of("."), SETUP))
        .hasMessageContaining("no-such-program");
    assertThatThrownBy(() -> TestedProgram.start(List.of("sh"), Path.of("/no/such/folder"), SETUP))
        .isInstanceOf(NoAnswerException.class)
        .hasMessageStartingWith("'sh' does not start in /no/such/folder");
  }

  @Test
  void endsAProgramThatDoesNotEnd() throws Exception {
    Set<ProcessHandle> before = ProcessHandle.current().descendants().collect(toSet());
    TestedProgram program = start("stubborn");
    List<ProcessHandle> started = ProcessHandle.current()
        .descendants()
        .filter(process -> !before.contains(process))
        .toList();
    assertThat(started).isNotEmpty();
    CompletableFuture<Answer> answer = program.ask("a", 1);
    program.close();
    assertThatThrownBy(answer::join).hasCauseInstanceOf(NoAnswerException.class);
    for (ProcessHandle process : started) {
      process.onExit().get(1, TimeUnit.MINUTES);
    }
  }

  @Test
  void isNotBlockedByAProgramThatDoesNotRead() {
    TestedProgram program = start("stubborn");
    CompletableFuture<Answer> answer = program.ask("k".repeat(1 << 20), 1);
    program.close();
    assertThatThrownBy(answer::join).hasCauseInstanceOf(NoAnswerException.class);
  }

  @Test
  void endsWithAJvmThatIsKilled() throws Exception {
    Process jvm = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            StartsStubbornProgram.class.getName())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    try (var output = jvm.inputReader()) {
      ProcessHandle sleep = ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
      jvm.destroyForcibly().waitFor();
      sleep.onExit().get(1, TimeUnit.MINUTES);
    }
  }

  private static TestedProgram start(String behaviour) {
    return TestedProgram.start(TinyAdapter.command(behaviour), Path.of("."), SETUP);
  }
}
