package dev.ratelab.server.policies;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Sends nonsense that is nearly sense. An input for which something does not hold is kept as a file; put into the folder of those that
 * were found, it is tried in every build from then on.
 */
class FuzzTest {
  private static final Path KEPT = Path.of("target", "fuzz");
  private static final Path FOUND = Path.of("src", "test", "fuzz");
  private static final long SLICE_NANOS = Duration.ofMillis(200).toNanos();
  private static final long SEED = 20_261_124;

  @ParameterizedTest
  @EnumSource
  void nothingBreaksIt(Fuzzed what) throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < what.inputs(); i++) {
      take(what, what.mutator().next(random));
    }
  }

  /** What broke it once. */
  @ParameterizedTest
  @EnumSource
  void whatBrokeItOnceDoesNotAgain(Fuzzed what) throws IOException {
    Path folder = FOUND.resolve(name(what));
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> inputs;
    try (Stream<Path> files = Files.list(folder)) {
      inputs = files.sorted().toList();
    }
    for (Path input : inputs) {
      byte[] bytes = Files.readAllBytes(input);
      assertThatCode(() -> what.read(bytes)).as(input.toString()).doesNotThrowAnyException();
    }
  }

  /** As long as one likes, each time with other inputs: {@code -Dratelab.fuzz=PT1H}. */
  @Test
  @EnabledIfSystemProperty(named = "ratelab.fuzz", matches = "P.+")
  void nothingBreaksItForLong() throws IOException {
    long end =
        System.nanoTime() + Duration.parse(System.getProperty("ratelab.fuzz")).toNanos();
    long minute = Duration.ofMinutes(1).toNanos();
    long told = System.nanoTime() - minute;
    long seed = Long.getLong("ratelab.fuzz.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    long inputs = 0;
    System.out.printf("fuzzing with seed %d%n", seed);
    while (System.nanoTime() < end) {
      for (Fuzzed what : Fuzzed.values()) {
        long slice = System.nanoTime() + SLICE_NANOS;
        while (System.nanoTime() < slice) {
          take(what, what.mutator().next(random));
          inputs++;
        }
      }
      if (System.nanoTime() - told > minute) {
        told = System.nanoTime();
        System.out.printf("%d inputs, nothing broke%n", inputs);
      }
    }
    System.out.printf("%d inputs, nothing broke: done%n", inputs);
  }

  private static void take(Fuzzed what, byte[] input) throws IOException {
    try {
      what.read(input);
    } catch (Exception | Error broken) {
      Path folder = Files.createDirectories(KEPT.resolve(name(what)));
      Path file =
          Files.write(folder.resolve(HexFormat.of().toHexDigits(Arrays.hashCode(input))), input);
      throw new AssertionError("%s broke it; it is kept as %s".formatted(what, file), broken);
    }
  }

  private static String name(Fuzzed what) {
    return what.name().toLowerCase(Locale.ROOT);
  }
}
