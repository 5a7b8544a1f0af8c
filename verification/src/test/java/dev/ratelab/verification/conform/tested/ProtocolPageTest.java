package dev.ratelab.verification.conform.tested;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ratelab.limiter.Limit;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProtocolPageTest {
  private static final Pattern EXAMPLE = Pattern.compile("(?s)```js\n(.*?)```");

  @Test
  void theExampleWorks(@TempDir Path folder) throws Exception {
    assumeTrue(
        Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
            .anyMatch(path -> Files.isExecutable(Path.of(path, "node"))),
        "no node is installed");
    Matcher example = EXAMPLE.matcher(Files.readString(Path.of("../docs/conform-protocol.md")));
    assertThat(example.find()).isTrue();
    Files.writeString(folder.resolve("adapter.mjs"), example.group(1));
    try (TestedProgram program = TestedProgram.start(
        List.of("node", "adapter.mjs"),
        folder,
        new Setup(Limit.of(2, Duration.ofHours(1)), "", ""))) {
      assertThat(program.name()).startsWith("fixed window in node v");
      assertThat(program.ask("a", 2).join().allowed()).isTrue();
      Answer denied = program.ask("a", 1).join();
      assertThat(denied.allowed()).isFalse();
      assertThat(denied.remaining()).isZero();
      assertThat(denied.retryAfter()).isEqualTo(denied.resetAfter()).isNotNull();
      assertThat(program.ask("b", 1).join().allowed()).isTrue();
      assertThat(program.held()).hasValue(2);
    }
  }
}
