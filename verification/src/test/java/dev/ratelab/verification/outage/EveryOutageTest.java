package dev.ratelab.verification.outage;

import dev.ratelab.limiter.Algorithm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every outage of a server and of a cluster, over each client, on every algorithm; writes the table of docs/faults.md. */
@Tag("nightly")
class EveryOutageTest {
  private static final Path TABLE = Path.of("target", "outages.md");
  private static final List<Outcome> OUTCOMES = new ArrayList<>();

  static Stream<Arguments> all() {
    return Stream.of(Outage.values())
        .flatMap(outage -> Stream.of(OutageTest.Library.values())
            .flatMap(library -> Stream.of(Algorithm.values())
                .map(algorithm -> Arguments.of(outage, library, algorithm))));
  }

  @ParameterizedTest(name = "{0} over {1} on {2}")
  @MethodSource("all")
  void everyPromiseIsKept(Outage outage, OutageTest.Library library, Algorithm algorithm)
      throws Exception {
    OUTCOMES.add(OutageTest.requireKept(outage, algorithm, library));
  }

  @AfterAll
  static void write() throws IOException {
    OUTCOMES.sort(Comparator.comparing(Outcome::outage));
    String table = Outcome.table(OUTCOMES);
    Files.createDirectories(TABLE.getParent());
    Files.writeString(TABLE, table);
    System.out.println(table);
  }
}
