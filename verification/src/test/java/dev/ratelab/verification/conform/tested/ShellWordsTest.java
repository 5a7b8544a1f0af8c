package dev.ratelab.verification.conform.tested;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ShellWordsTest {
  @Test
  void cutsAsAShellDoes() {
    assertThat(ShellWords.split(" node  adapter.mjs\t--a='b c' \"d 'e\" f\\ g '' '\\' \"\\\"\""))
        .containsExactly("node", "adapter.mjs", "--a=b c", "d 'e", "f g", "", "\\", "\"");
  }

  @Test
  void saysWhatIsWrong() {
    assertThatThrownBy(() -> ShellWords.split("node 'a"))
        .hasMessage("the command node 'a has a quote ' that is not closed");
    assertThatThrownBy(() -> ShellWords.split(" "))
        .hasMessage("the command is empty; accepted: a program and its arguments");
  }
}
