package dev.ratelab.verification.mutation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class ExplanationsTest {
  private static final Mutant ONE = new Mutant("Gcra.apply", "+ to -", "a = b + c;");
  private static final Mutant OTHER = new Mutant("Gcra.apply", "+ to -", "a = b + d;");

  private final Explanations explanations = Explanations.parse("""
      # For readers.
      # Two lines.

      Gcra.apply
      + to -
      a = b + c;
      c is 0

      """);

  @Test
  void aSurvivorIsExplained() {
    assertThat(explanations.mistakes(List.of(ONE), List.of())).isEmpty();
    assertThat(explanations.in("Gcra.apply")).isEqualTo(1);
    assertThat(explanations.table()).endsWith("| Gcra.apply | + to - | `a = b + c;` | c is 0 |\n");
  }

  @Test
  void aSurvivorWithoutExplanationIsAMistake() {
    assertThat(explanations.mistakes(List.of(ONE, OTHER), List.of()))
        .containsExactly("survived, and nothing explains it: " + OTHER);
  }

  @Test
  void oneExplanationIsNotForTwo() {
    assertThat(explanations.mistakes(List.of(ONE, ONE), List.of())).hasSize(1);
  }

  @Test
  void anExplanationOfNoSurvivorIsAMistake() {
    assertThat(explanations.mistakes(List.of(), List.of(OTHER)))
        .containsExactly("explained, but did not survive: " + ONE);
  }

  @Test
  void whatRanOutOfTimeMayBeExplainedAndNeedNot() {
    assertThat(explanations.mistakes(List.of(), List.of(ONE, OTHER))).isEmpty();
  }

  @Test
  void aBlockThatIsNoExplanationIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Explanations.parse("Gcra.apply\n+ to -\na = b + c;"))
        .withMessageContaining("accepted: where, the change, the source line, the reason");
  }
}
