package dev.ratelab.verification.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Violation;
import dev.ratelab.verification.subject.TransitionSubject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CounterexampleFileTest {
  @TempDir
  private Path directory;

  private Path file;
  private Counterexample written;

  @BeforeEach
  void write() throws Exception {
    file = directory.resolve("counterexample.json");
    PropertyRun.Result result =
        PropertyRun.of(Property.BOUND, Faulty.SUBJECT, Algorithm.SLIDING_WINDOW_COUNTER, 500, 1);
    written = result.counterexample();
    CounterexampleFile.write(file, written);
  }

  @Test
  void whatIsReadIsWhatWasWrittenAndBreaksThePromiseAgain() throws IOException {
    Replay replay = CounterexampleFile.read(file);

    assertThat(replay)
        .isEqualTo(new Replay(Property.BOUND, written.scenario(), "java with a fault"));
    Violation again = replay.on(Faulty.SUBJECT);
    assertThat(again).isNotNull();
    assertThat(again.what()).isEqualTo(written.what());
    assertThat(replay.on(new TransitionSubject())).isNull();
  }

  /** Whoever draws it knows nothing about limiters. */
  @Test
  void holdsWhatItTakesToDrawIt() throws IOException {
    JsonNode root = JsonMapper.shared().readTree(Files.readString(file));

    assertThat(root.get("schema").intValue()).isEqualTo(1);
    assertThat(root.get("message").stringValue()).isEqualTo(written.what());
    JsonNode decisions = root.get("decisions");
    assertThat(decisions.size()).isEqualTo(written.shown().decisions().size()).isPositive();
    for (int i = 0; i < decisions.size(); i++) {
      assertThat(decisions.get(i).get("at_us").longValue())
          .isEqualTo(written.shown().scenario().arrivals().get(i).at());
      assertThat(decisions.get(i).get("allowed").booleanValue())
          .isEqualTo(written.shown().decisions().get(i).allowed());
    }
    assertThat(root.get("series").size()).isEqualTo(2);
    for (JsonNode series : root.get("series")) {
      List<Long> instants = new ArrayList<>();
      series.get("points").forEach(point -> instants.add(point.get("at_us").longValue()));
      assertThat(instants).as("%s", series).isSorted().isNotEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
      "schema" : 1           | "schema" : 2           | schema is 2; this version reads schema 1
      "schema" : 1           | "scheme" : 1           | schema is missing; this version reads schema 1
      "property" : "Bound"   | "property" : "Bind"    | unknown property 'Bind'; accepted: Bound, Tightness
      "property" : "Bound"   | "property" : 3         | property must be a string, but is 3
      "property" : "Bound"   | "property" : "GCRA = token bucket" | 'GCRA = token bucket' says nothing about sliding-window-counter
      sliding-window-counter | sliding-window         | unknown algorithm 'sliding-window'; accepted: fixed-window
      "permits"              | "limit"                | permits must be a whole number, but is missing
      "permits" :            | "permits" : 4000000000, "old" : | permits is 4000000000; accepted: 1 to 1000000000
      "arrivals"             | "requests"             | arrivals must be an array of at least one, but is missing
      "cost" :               | "cost" : 0, "old" :    | arrivals[0].cost is 0; accepted: 1 to
      "at_us" :              | "at_us" : -1, "old" :  | arrivals[0].at_us is -1; accepted: 0 to
      "subject"              | "subject               | not JSON at line
      """)
  void whatIsWrongIsToldWithItsPlace(String text, String instead, String problem)
      throws IOException {
    String json = Files.readString(file);
    assertThat(json).contains(text);
    Files.writeString(file, json.replaceFirst(Pattern.quote(text), instead));

    assertThatThrownBy(() -> CounterexampleFile.read(file))
        .isInstanceOf(CounterexampleException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(problem);
  }

  @Test
  void timesMayFallOnlyWhereAClockGoesBack() throws IOException {
    String steps = """
        {"schema":1,"property":"%s","subject":"x","algorithm":"gcra","permits":2,"window_us":5,"burst":2,
        "arrivals":[{"at_us":9,"cost":1},{"at_us":8,"cost":1}]}
        """;
    Files.writeString(file, steps.formatted(Property.CLOCK_GOING_BACK.title()));
    assertThat(CounterexampleFile.read(file).on(new TransitionSubject())).isNull();

    Files.writeString(file, steps.formatted(Property.BOUND.title()));
    assertThatThrownBy(() -> CounterexampleFile.read(file))
        .hasMessageContaining("arrivals[1].at_us is 8, before the arrival ahead of it");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> CounterexampleFile.read(directory.resolve("none.json")))
        .isInstanceOf(CounterexampleException.class)
        .hasMessageContaining("none.json: not a file");
  }
}
