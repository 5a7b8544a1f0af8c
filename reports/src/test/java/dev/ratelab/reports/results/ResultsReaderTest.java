package dev.ratelab.reports.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResultsReaderTest {
  private static final String ROW = """
      {"experiment":"burst","algorithm":"gcra","backend":"memory","client":"none","subject":"ratelab",
       "workload":"poisson","threads":1,"metric":"max-in-window","unit":"permits","value":2.0,"low":1,"high":3,
       "samples":4,"raw":"raw/a.csv"}""";
  private static final String FILE = """
      {"schema":2,"environment":{"cpu":"x"},"warnings":[{"name":"cores","text":"few"}],
       "peers":[{"name":"guava","about":"33"}],"absent":[{"name":"nginx","why":"gone"}],
       "untried":[{"name":"memory","why":"hidden"}],"parameters":{"seed":"1"},"measurements":[%s]}""";
  private static final List<Notice> NOTICES = List.of(
      Notice.warning("cores", "few"),
      Notice.peer("guava", "33"),
      Notice.absent("nginx", "gone"),
      Notice.untried("memory", "hidden"));

  @TempDir
  private Path directory;

  @Test
  void readsWhatTheFormatSays() throws IOException {
    Results results = read(FILE.formatted(ROW));

    assertThat(results.environment()).containsEntry("cpu", "x").hasSize(1);
    assertThat(results.parameters()).containsEntry("seed", "1").hasSize(1);
    assertThat(results.notices()).isEqualTo(NOTICES);
    assertThat(results.measurements())
        .containsExactly(Series.of("burst")
            .algorithm("gcra")
            .backend("memory")
            .workload("poisson")
            .raw("raw/a.csv")
            .measured(Metric.MAX_IN_WINDOW, 2, 1, 3, 4));
  }

  @Test
  void schema1HadNoticesInItsEnvironment() throws IOException {
    Results old = read("""
        {"schema":1,"environment":{"warning_cores":"few","cpu":"x","peer_guava":"33",
         "absent_nginx":"gone","untried_memory":"hidden"},"parameters":{"seed":"1"},"measurements":[%s]}""".formatted(ROW));

    assertThat(old).isEqualTo(read(FILE.formatted(ROW)));
  }

  @Test
  void passesOverFieldsThatItDoesNotKnow() throws IOException {
    Results newer =
        read(FILE.formatted(ROW.replace("\"threads\"", "\"later\":{\"a\":[1]},\"threads\""))
            .replace("\"parameters\"", "\"more\":[null,1],\"parameters\""));

    assertThat(newer).isEqualTo(read(FILE.formatted(ROW)));
  }

  @Test
  void ratiosMayBeMissingAndMustMeanSomething() throws IOException {
    String ratio = "{\"to\":\"guava\",\"value\":2,\"low\":1,\"high\":%s}";
    String row = ROW.replace("\"threads\"", "\"ratios\":[" + ratio + "],\"threads\"");

    assertThat(read(FILE.formatted(row.formatted(3))).measurements().get(0).ratios())
        .containsExactly(new Ratio("guava", 2, 1, 3));
    assertThat(read(FILE.formatted(ROW)).measurements().get(0).ratios()).isEmpty();
    assertThatExceptionOfType(ResultsException.class)
        .isThrownBy(() -> read(FILE.formatted(row.formatted(1.5))))
        .withMessageContaining(
            "measurements[0]: a ratio needs a name and 0 ≤ low ≤ value ≤ high, but has to=guava low=1.0 value=2.0 high=1.5");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",\"raw\":null"})
  void rawMayBeMissingOrNull(String raw) throws IOException {
    assertThat(read(FILE.formatted(ROW.replace(",\"raw\":\"raw/a.csv\"", raw)))
            .measurements()
            .get(0)
            .raw())
        .isNull();
  }

  @Test
  void aDirectoryWithoutResults() {
    assertThatExceptionOfType(ResultsException.class)
        .isThrownBy(() -> ResultsReader.read(directory.resolve("nowhere")))
        .withMessage(
            "%s: no results.json here; give a directory that a run wrote, for example with"
                + " ./ratelab compare --out DIR",
            directory.resolve("nowhere"));
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        Arguments.of(
            "", "must be a JSON object with schema, environment, parameters and measurements"),
        Arguments.of("[]", "must be a JSON object with schema"),
        Arguments.of("{", "not JSON at line 1, column 2: "),
        Arguments.of("{}{}", "not JSON at line 1, column 3: "),
        Arguments.of(FILE.formatted(ROW) + " x", "not JSON at line 5, column "),
        Arguments.of("{\"schema\":1,\"schema\":1}", "not JSON at line 1, column "),
        Arguments.of("[".repeat(100_000), "not JSON at line 1, column "),
        change("\"schema\":2,", "", "schema is missing; this version reads schema 1 and 2"),
        change("\"schema\":2", "\"schema\":3", "schema is 3; this version reads schema 1 and 2"),
        change("\"warnings\"", "\"w\"", "warnings must be an array, but is missing"),
        change("\"text\":\"few\"", "\"text\":1", "warnings[0].text must be a string, but is 1"),
        change(
            "{\"name\":\"nginx\",\"why\":\"gone\"}",
            "7",
            "absent[0].name must be a string, but is "),
        change("\"schema\":2", "\"schema\":1.5", "schema is 1.5; this version reads"),
        change("\"schema\":2", "\"schema\":\"1\"", "schema is \"1\"; this version reads"),
        change("\"measurements\"", "\"rows\"", "measurements must be an array, but is missing"),
        Arguments.of(
            "{\"schema\":1,\"measurements\":{}}", "measurements must be an array, but is {}"),
        change("{\"cpu\":\"x\"}", "[]", "environment must be an object of strings, but is []"),
        change(
            "\"parameters\"", "\"p\"", "parameters must be an object of strings, but is missing"),
        change("\"x\"", "1", "environment.cpu must be a string, but is 1"),
        change(
            "{\"seed\":\"1\"}", "{\"seed\":null}", "parameters.seed must be a string, but is null"),
        Arguments.of(FILE.formatted("7"), "measurements[0] must be an object, but is 7"),
        Arguments.of(
            FILE.formatted(ROW + "," + ROW.replace("gcra\",", "gcra\",\"algorithm\":\"x\",")),
            "not JSON at line "),
        field("experiment", "1", "must be a string, but is 1"),
        field("algorithm", "null", "must be a string, but is null"),
        field("raw", "[]", "must be a string, but is []"),
        field("value", "\"2\"", "must be a number, but is \"2\""),
        field("low", "true", "must be a number, but is true"),
        field("high", "[" + "1,".repeat(99) + "1]", "must be a number, but is [1,1,"),
        field("threads", "1.5", "must be a whole number, but is 1.5"),
        field("threads", "99999999999", "must be at most 2147483647, but is 99999999999"),
        field(
            "samples",
            "99999999999999999999",
            "must be a whole number, but is 99999999999999999999"),
        change(
            "\"value\":2.0", "\"value\":1e999", "measurements[0]: value must be a finite number"),
        change(
            "\"high\":3",
            "\"high\":1" + "0".repeat(400),
            "measurements[0]: high must be a finite number"),
        change("\"value\":2.0", "\"value\":NaN", "not JSON at line "),
        change("\"low\":1", "\"low\":9", "measurements[0]: low ≤ value ≤ high must hold"),
        change(
            "\"threads\":1",
            "\"threads\":-9999999999",
            "measurements[0]: threads must be at least 1, but is -2147483648"),
        change("\"samples\":4", "\"samples\":0", "measurements[0]: samples must be at least 1"),
        change("\"poisson\"", "\" \"", "measurements[0]: workload must not be blank"),
        change("raw/a.csv", "../a.csv", "measurements[0]: raw must be a file name under raw/"),
        Arguments.of(
            FILE.formatted(ROW + "," + ROW.replace("2.0", "1.0")),
            "measured twice: burst, gcra, memory, none, ratelab, poisson, threads 1, max-in-window in"
                + " permits"));
  }

  static Stream<Arguments> everyFieldMissing() {
    String fields = "experiment algorithm backend client subject workload threads metric unit value"
        + " low high samples";
    return Stream.of(fields.split(" ", -1))
        .map(field ->
            change('"' + field + '"', "\"other\"", "measurements[0]." + field + " must be a "));
  }

  @ParameterizedTest
  @MethodSource({"malformed", "everyFieldMissing"})
  void refusesAMalformedFileAndSaysWhereAndWhy(String text, String problem) {
    assertThatExceptionOfType(ResultsException.class)
        .isThrownBy(() -> read(text))
        .withMessageStartingWith(directory.resolve("results.json") + ": " + problem)
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).hasSizeLessThan(600));
  }

  @Test
  void refusesWhatIsNotUtf8() throws IOException {
    Files.write(directory.resolve("results.json"), new byte[] {'{', '"', (byte) 0xE9, '"', '}'});

    assertThatExceptionOfType(ResultsException.class)
        .isThrownBy(() -> ResultsReader.read(directory))
        .withMessage(directory.resolve("results.json") + ": not UTF-8");
  }

  private static Arguments change(String from, String to, String problem) {
    String good = FILE.formatted(ROW);
    assertThat(good).contains(from);
    return Arguments.of(good.replace(from, to), problem);
  }

  private static Arguments field(String field, String value, String problem) {
    String good = FILE.formatted(ROW);
    String bad =
        good.replaceFirst("\"" + field + "\":(\"[^\"]*\"|[0-9.]+)", "\"" + field + "\":" + value);
    assertThat(bad).isNotEqualTo(good);
    return Arguments.of(bad, "measurements[0]." + field + " " + problem);
  }

  private Results read(String text) throws IOException {
    Files.writeString(directory.resolve("results.json"), text);
    return ResultsReader.read(directory);
  }
}
