package dev.ratelab.reports;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.ResultsDirectory;
import dev.ratelab.reports.results.ResultsReader;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class ReportCommandTest {
  @TempDir
  private Path temp;

  private String out = "";
  private String err = "";

  @Test
  void writesThePagesOfEachRunAndSaysWhere() throws IOException {
    Path one = SampleRun.write(temp.resolve("one"));
    Path two = SampleRun.write(temp.resolve("two"), 2, false);

    assertThat(report(one, two)).isZero();
    assertThat(out.lines()).containsExactly(one + "/report.html", two + "/report.html");
    assertThat(err).isEmpty();
    assertThat(one.resolve("summary.md")).isNotEmptyFile();
    assertThat(two.resolve("report.html")).isNotEmptyFile();
  }

  @Test
  void aSecondTimeChangesNothing() throws IOException {
    Path run = SampleRun.write(temp.resolve("run"));
    report(run);
    Map<Path, String> first = files(run);

    assertThat(report(run)).isZero();
    assertThat(files(run)).isEqualTo(first).containsKeys(run.resolve("report.html"));
  }

  @Test
  void aDirectoryThatIsNotThere() {
    assertThat(report(temp.resolve("nowhere"))).isEqualTo(2);
    assertThat(out).isEmpty();
    assertThat(err.lines()).hasSize(1);
    assertThat(err)
        .startsWith(temp.resolve("nowhere") + ": no results.json here; give a directory");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{\"schema\":2}", "[1]", "null"})
  void aFileThatIsBroken(String text) throws IOException {
    Files.writeString(temp.resolve("results.json"), text);

    assertThat(report(temp)).isEqualTo(2);
    assertThat(err.lines()).hasSize(1);
    assertThat(err).startsWith(temp.resolve("results.json") + ": ").doesNotContain("Exception");
    assertThat(temp.resolve("report.html")).doesNotExist();
  }

  @Test
  void aRawFileThatIsBrokenCostsItsCurveOnly() throws IOException {
    Path run = SampleRun.write(temp.resolve("run"));
    Path raw = run.resolve("raw/burst-gcra-memory-adversarial.csv");
    for (byte[] broken :
        List.of(new byte[] {(byte) 0xFF}, "tau_us,\"x".getBytes(StandardCharsets.UTF_8))) {
      Files.write(raw, broken);

      assertThat(report(run)).isZero();
      assertThat(Files.readString(run.resolve("summary.md")))
          .contains(
              "> **Warning:** A curve is missing from its plot. ", "burst-gcra-memory-adversarial");
    }
  }

  @Test
  void aPageThatCannotBeWritten() throws IOException {
    Path run = SampleRun.directory(temp.resolve("run"), false).path();
    Files.createDirectories(run.resolve("report.html/in the way"));

    assertThat(report(run)).isEqualTo(1);
    assertThat(err.lines()).hasSize(1);
    assertThat(err)
        .startsWith("cannot read the results or write the pages: ")
        .contains("report.html");
  }

  @Test
  void badUsage() throws IOException {
    Path run = SampleRun.directory(temp.resolve("run"), false).path();

    assertThat(report()).isEqualTo(2);
    assertThat(report(run, run, "--baseline", run)).isEqualTo(2);
    assertThat(err).startsWith("--baseline compares one run, but 2 are given");
    assertThat(report(run, "--threshold", "5")).isEqualTo(2);
    assertThat(err).startsWith("--threshold needs --baseline");
    for (String threshold : List.of("-1", "NaN", "Infinity")) {
      assertThat(report(run, "--baseline", run, "--threshold", threshold)).isEqualTo(2);
      assertThat(err).startsWith("--threshold is ").contains("accepted: 0 or more, in percent");
    }
    assertThat(report(run, "--baseline", run, "--threshold", "much")).isEqualTo(2);
    assertThat(report(run, "--baseline", temp.resolve("nowhere"))).isEqualTo(2);
    assertThat(err).startsWith(temp.resolve("nowhere") + ": no results.json here");
    assertThat(out).isEmpty();
  }

  @Test
  void aRunIsAsGoodAsItself() throws IOException {
    Path run = SampleRun.write(temp.resolve("run"));

    assertThat(report(run, "--baseline", run)).isZero();
    int rows = ResultsReader.read(run).measurements().size();
    String counted = "%,d".formatted(rows).replace(',', ' ');
    assertThat(out)
        .startsWith(counted + " rows compared: 0 worse, 0 better, 0 changed")
        .doesNotContain("Only in", "Not the same");
    assertThat(out.lines().filter(line -> line.endsWith(" | same |"))).hasSize(rows);
    assertThat(out)
        .contains(
            "<details><summary>The same in both: " + counted + " rows</summary>",
            "The physical limits of throughput, which no change of Ratelab touches, are at 1 times the baseline's");
    assertThat(run.resolve("report.html")).doesNotExist();
  }

  @Test
  void whatGotWorseComesFirstAndFailsTheCommand() throws IOException {
    Path before = run("before", "16 cores", 100, 80);
    Path now = run("now", "2 cores", 50, 20);
    ResultsDirectory more = ResultsDirectory.create(temp.resolve("more"), Map.of(), Map.of());
    for (Measurement m : ResultsReader.read(before).measurements()) {
      more.add(m);
    }
    more.add(Series.of("later").workload("a|b").foreign("x", "1", 1, 1, 1, 1));

    assertThat(report(now, "--baseline", before)).isEqualTo(1);
    List<String> table = out.lines().filter(line -> line.startsWith("|")).toList();
    assertThat(table)
        .containsExactly(
            "| experiment | algorithm | where | load | metric | baseline | this run | ratio | p | verdict |",
            "| --- | --- | --- | --- | --- | --: | --: | --: | --: | --- |",
            "| throughput | gcra | memory | zipf, 1 thread | operations | 100 /s \\[99 /s … 101 /s\\] |"
                + " 50 /s \\[49 /s … 51 /s\\] | 0.5 \\[0.489 … 0.511\\] | \\< 0.001 | worse |",
            "| latency | gcra | memory | zipf | p99 | 80 µs | 20 µs | 0.25 | exact | better |");
    assertThat(out)
        .startsWith("2 rows compared: 1 worse, 1 better, 0 changed")
        .contains("Not the same environment in the two runs:\n\n- cpu: 16 cores → 2 cores\n");
    // The other way round one row is worse, too; the same within 100 %.
    assertThat(report(before, "--baseline", now)).isEqualTo(1);
    assertThat(report(before, "--baseline", now, "--threshold", "301")).isZero();
    // A row that is missing is listed, and is no regression.
    assertThat(report(before, "--baseline", more.path())).isZero();
    assertThat(out)
        .contains("Not judged: 1 row of the baseline that this run has not measured.\n")
        .contains(
            "Only in the baseline (1):\n\n- later, none, none, none, ratelab, a\\|b, threads 1, x in 1\n");
    assertThat(report(more.path(), "--baseline", before)).isZero();
    assertThat(out).contains("Only in this run (1):\n");
  }

  /** A gate that compared nothing must not pass. */
  @Test
  void runsThatShareNothingCannotBeCompared() throws IOException {
    Path run = run("run", "x", 100, 10);
    ResultsDirectory other =
        ResultsDirectory.create(temp.resolve("other"), Map.of(), Map.of("seed", "1"));
    other.add(
        Series.of("burst").algorithm("gcra").backend("memory").exact(Metric.WORST_RATIO, 1, 9));

    assertThat(report(run, "--baseline", other.path())).isEqualTo(2);

    assertThat(err).contains("share no measurement, so there is nothing to compare");
    assertThat(out).isEmpty();
  }

  private Path run(String name, String cpu, double operations, double p99) throws IOException {
    ResultsDirectory run = ResultsDirectory.create(
        temp.resolve(name), Map.of("cpu", cpu, "date", name), Map.of("seed", "1"));
    Series throughput =
        Series.of("throughput").algorithm("gcra").backend("memory").workload("zipf");
    run.add(Series.of("latency")
        .algorithm("gcra")
        .backend("memory")
        .workload("zipf")
        .exact(Metric.P99, p99, 9));
    run.add(throughput.measured(Metric.OPERATIONS, operations, operations - 1, operations + 1, 9));
    return run.path();
  }

  private int report(Object... arguments) {
    StringWriter outText = new StringWriter();
    StringWriter errText = new StringWriter();
    int code = new CommandLine(new ReportCommand())
        .setOut(new PrintWriter(outText))
        .setErr(new PrintWriter(errText))
        .execute(Stream.of(arguments).map(Object::toString).toArray(String[]::new));
    out = outText.toString();
    err = errText.toString();
    return code;
  }

  private static Map<Path, String> files(Path directory) throws IOException {
    Map<Path, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(file, Files.readString(file));
      }
    }
    return files;
  }
}
