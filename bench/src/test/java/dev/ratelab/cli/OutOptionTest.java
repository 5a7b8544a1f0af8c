package dev.ratelab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutOptionTest {
  @TempDir
  private Path directory;

  @Test
  void runsThatBeginInOneSecondGetADirectoryEach() throws IOException {
    Path stamped = directory.resolve("results").resolve("20260131-120000");

    for (String name : new String[] {"20260131-120000", "20260131-120000-2", "20260131-120000-3"}) {
      assertThat(OutOption.next(stamped, Map.of(), Map.of()).path())
          .isEqualTo(stamped.resolveSibling(name))
          .isDirectoryContaining("glob:**/results.json");
    }
  }
}
