package dev.ratelab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OtherLoadTest {
  @TempDir
  private Path directory;

  /** Between the readings 100 of 1,000 ticks were stolen; guests' ticks (the ninth) are in the first already. */
  @Test
  void stolenTimeIsAShareOfAllTime() throws IOException {
    Path stat = write("cpu  100 0 100 800 0 0 0 10 50 0\ncpu0 1 1 1 1\n");
    OtherLoad load = new OtherLoad(stat);
    write("cpu  500 0 200 1200 0 0 0 110 400 0\ncpu0 1 1 1 1\n");

    assertThat(load.warning())
        .hasValueSatisfying(warning -> assertThat(warning.text()).contains("gave 10.0 % of"));
  }

  @Test
  void aLittleIsNotWorthAWarning() throws IOException {
    Path stat = write("cpu  0 0 0 0 0 0 0 0 0 0\n");
    OtherLoad load = new OtherLoad(stat);
    write("cpu  500 0 0 490 0 0 0 10 0 0\n");

    assertThat(load.warning()).isEmpty();
  }

  @Test
  void aMachineThatDoesNotSayIsNotWarnedOf() throws IOException {
    assertThat(new OtherLoad(directory.resolve("none")).warning()).isEmpty();
    assertThat(new OtherLoad(write("cpu 1 2 3\n")).warning()).isEmpty();
    assertThat(new OtherLoad(write("")).warning()).isEmpty();
  }

  private Path write(String text) throws IOException {
    return Files.writeString(directory.resolve("stat"), text);
  }
}
