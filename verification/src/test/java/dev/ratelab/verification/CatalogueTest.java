package dev.ratelab.verification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleRule;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What docs/algorithms.md says is what is checked, and its worked example is true. */
class CatalogueTest {
  private static final Path ROOT = Path.of("..");
  private static final Limit LIMIT = new Limit(4, 12, 4, 3);
  private static final long FIRST = 11;
  private static final long LAST = 23;
  private static final long[] SPANS = {1, 2, 12, 13};

  private static List<String> page;

  @BeforeAll
  static void read() throws IOException {
    page = Files.readAllLines(Path.of("../docs/algorithms.md"));
  }

  @Test
  void everyPropertyIsExplainedByItsName() {
    List<String> names = section("What every algorithm keeps").stream()
        .filter(line -> line.startsWith("| "))
        .map(line -> cells(line).get(0))
        .toList();

    assertThat(names.subList(1, names.size()))
        .containsExactlyElementsOf(
            Arrays.stream(Property.values()).map(Property::title).toList());
  }

  /** The steps of CONTRIBUTING's "Add an algorithm" that the compiler does not ask for. */
  @ParameterizedTest
  @EnumSource
  void nothingOfAnAlgorithmIsForgotten(Algorithm algorithm) throws IOException {
    String id = algorithm.id();
    String scripts = "limiter/src/main/resources/dev/ratelab/limiter/redis/";
    String looks = "reports/src/main/resources/dev/ratelab/reports/page/algorithms.json";
    String schema = "docs/policies.schema.json";
    List<String> forgotten = new ArrayList<>();
    if (!Files.exists(ROOT.resolve(scripts + id + ".lua"))) {
      forgotten.add("%s has no script: add %s%s.lua".formatted(id, scripts, id));
    }
    if (!page.contains("## " + id)) {
      forgotten.add("%s has no section: add '## %s' to docs/algorithms.md".formatted(id, id));
    }
    try {
      Oracle.of(id, new OracleRule(1, 1, 1));
    } catch (IllegalArgumentException e) {
      forgotten.add(e.getMessage());
    }
    for (String file : List.of(schema, looks)) {
      if (!Files.readString(ROOT.resolve(file)).contains("\"" + id + "\"")) {
        forgotten.add("%s is not in %s: add it there".formatted(id, file));
      }
    }
    assertThat(forgotten).isEmpty();
  }

  @Test
  void theWorkedExampleIsTrue() {
    Set<String> seen = new HashSet<>();
    for (String line : section("Worked example")) {
      Matcher ids = Pattern.compile("`([a-z-]+)`").matcher(line);
      while (line.startsWith("| `") && ids.find()) {
        Algorithm algorithm = Algorithm.of(ids.group(1));
        boolean delayed = line.contains("after its delay");
        List<String> cells = cells(line);
        assertThat(admissions(cells.get(1)))
            .as(line)
            .containsExactlyElementsOf(greedy(algorithm, delayed));
        for (int i = 0; i < SPANS.length; i++) {
          OracleRule rule = Scenario.rule(LIMIT);
          assertThat(Long.parseLong(cells.get(2 + i)))
              .as("%s, E(%d)", line, SPANS[i])
              .isEqualTo((delayed
                      ? Oracle.of("leaky-bucket", rule).outputBound(SPANS[i])
                      : Oracle.of(algorithm.id(), rule).bound(SPANS[i]))
                  .longValueExact());
        }
        seen.add(algorithm.id());
      }
    }
    assertThat(seen).hasSize(Algorithm.values().length);
  }

  private static List<Long> admissions(String cell) {
    List<Long> instants = new ArrayList<>();
    Matcher entry = Pattern.compile("(\\d+)(?: ×(\\d+))?").matcher(cell);
    while (entry.find()) {
      int times = entry.group(2) == null ? 1 : Integer.parseInt(entry.group(2));
      // An output may be due later than the example looks.
      for (int i = 0; i < times && Long.parseLong(entry.group(1)) <= LAST; i++) {
        instants.add(Long.valueOf(entry.group(1)));
      }
    }
    return instants;
  }

  /** Who asks at every instant as often as it is admitted gets through, or out, at these. */
  private static List<Long> greedy(Algorithm algorithm, boolean delayed) {
    return greedy(Transition.of(algorithm, LIMIT), delayed);
  }

  private static <S> List<Long> greedy(Transition<S> transition, boolean delayed) {
    List<Long> instants = new ArrayList<>();
    @Nullable S state = null;
    for (long now = FIRST; now <= LAST; now++) {
      Transition.Step<S> step = transition.apply(state, now, 1);
      while (step.decision().allowed()) {
        long out = now + (delayed ? step.decision().delayMicros() : 0);
        if (out <= LAST) {
          instants.add(out);
        }
        state = step.state();
        step = transition.apply(state, now, 1);
      }
    }
    return instants;
  }

  private static List<String> section(String title) {
    int start = page.indexOf("## " + title);
    assertThat(start).as(title).isNotNegative();
    List<String> lines = page.subList(start + 1, page.size());
    int end = 0;
    while (end < lines.size() && !lines.get(end).startsWith("## ")) {
      end++;
    }
    return lines.subList(0, end);
  }

  private static List<String> cells(String row) {
    return Arrays.stream(row.substring(1).split("\\|", -1)).map(String::strip).toList();
  }
}
