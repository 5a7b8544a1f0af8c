package dev.ratelab.reports.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ratelab.reports.SampleRun;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsDirectoryTest {
  private static final Series SERIES = Series.of("burst").algorithm("gcra").backend("memory");

  @TempDir
  private Path temp;

  private Path path;
  private ResultsDirectory directory;

  @BeforeEach
  void create() throws IOException {
    path = temp.resolve("new").resolve("run");
    directory = ResultsDirectory.create(path, Map.of("cpu", "x"), Map.of("seed", "1"));
  }

  @Test
  void whatIsWrittenIsReadBack() throws IOException {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("zebra", "quotes \" \\ and \n lines");
    environment.put("apple", "µ – 漢 \uD83D\uDE00");
    ResultsDirectory run =
        ResultsDirectory.create(temp.resolve("second"), environment, Map.of("seed", "-1"));
    List<Measurement> all = List.of(
        SERIES
            .raw("raw/a.csv")
            .exact(Metric.MAX_IN_WINDOW, 200, 1)
            .withRatios(List.of(new Ratio("clock-read", 0.5, 0.4, 0.6))),
        SERIES
            .workload("<script>\"'\\\u0000\u2028")
            .threads(64)
            .foreign("x", "1", -1e-300, -0.1, 1.7976931348623157e308, Long.MAX_VALUE));
    for (Measurement m : all) {
      run.add(m);
    }
    run.environment("redis", "7.2");

    Results read = ResultsReader.read(run.path());

    assertThat(read).isEqualTo(run.results());
    assertThat(read.measurements()).isEqualTo(all);
    assertThat(read.environment().keySet()).containsExactly("zebra", "apple", "redis");
    assertThat(read.environment()).containsAllEntriesOf(environment);
  }

  @Test
  void aRunOfFullSizeIsReadBack() throws IOException {
    Path sample = SampleRun.write(temp.resolve("sample"));

    Results read = ResultsReader.read(sample);

    assertThat(read.measurements()).hasSizeGreaterThan(300);
    assertThat(ResultsWriter.json(read))
        .isEqualTo(Files.readString(sample.resolve(ResultsDirectory.FILE)));
    for (Measurement m : read.measurements()) {
      assertThat(m.raw() == null || Files.isRegularFile(sample.resolve(m.raw())))
          .isTrue();
    }
  }

  @Test
  void aRunThatHasJustBegunIsReadBack() throws IOException {
    assertThat(ResultsReader.read(path))
        .isEqualTo(new Results(Map.of("cpu", "x"), List.of(), Map.of("seed", "1"), List.of()));
  }

  @Test
  void refusesADirectoryThatHoldsAnotherRun() throws IOException {
    directory.add(SERIES.foreign("x", "1", 1, 1, 1, 1));
    String before = Files.readString(path.resolve("results.json"));

    assertThatExceptionOfType(ResultsException.class)
        .isThrownBy(() -> ResultsDirectory.create(path, Map.of(), Map.of()))
        .withMessage(
            path + ": holds the results of another run; give a new directory or remove this one");
    assertThat(path.resolve("results.json")).hasContent(before);
  }

  @Test
  void refusesToMeasureTheSameTwiceAndAddsNothingThen() throws IOException {
    directory.add(SERIES.foreign("x", "1", 1, 1, 1, 1));
    String before = Files.readString(path.resolve("results.json"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> directory.add(
            SERIES.foreign("y", "1", 1, 1, 1, 1),
            SERIES.raw("raw/other.csv").foreign("x", "1", 2, 2, 2, 2)))
        .withMessage("measured twice: burst, gcra, memory, none, ratelab, none, threads 1, x in 1");
    assertThat(path.resolve("results.json")).hasContent(before);
    assertThat(directory.results().measurements()).hasSize(1);
  }

  /** Who had the file open goes on reading the old text to its end: it was replaced, not written over. */
  @Test
  void theFileIsReplacedAsAWhole() throws IOException {
    directory.add(SERIES.foreign("x", "1", 1, 1, 1, 1));
    Path file = path.resolve("results.json");
    String before = Files.readString(file);

    try (Reader open = Files.newBufferedReader(file)) {
      StringBuilder text = new StringBuilder();
      text.append((char) open.read());
      directory.add(SERIES.foreign("y", "1", 1, 1, 1, 1));
      for (int c = open.read(); c >= 0; c = open.read()) {
        text.append((char) c);
      }
      assertThat(text).hasToString(before);
    }
    assertThat(ResultsReader.read(path).measurements()).hasSize(2);
    assertThat(path).isDirectoryNotContaining(p -> p.getFileName().toString().endsWith(".next"));
  }

  /** Readers meet whole files only, while two threads write. */
  @Test
  void aReaderNeverSeesHalfAFile() throws Exception {
    int rows = 60;
    ExecutorService writers = Executors.newFixedThreadPool(2);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int writer = 1; writer <= 2; writer++) {
        Series series = SERIES.threads(writer);
        running.add(writers.submit(() -> {
          for (int i = 0; i < rows; i++) {
            directory.add(series.foreign("m" + i, "1", i, i, i, 1));
          }
          return null;
        }));
      }
      int last = 0;
      while (!running.stream().allMatch(Future::isDone)) {
        int seen = ResultsReader.read(path).measurements().size();
        assertThat(seen).isGreaterThanOrEqualTo(last);
        last = seen;
      }
      for (Future<?> writer : running) {
        writer.get();
      }
    } finally {
      writers.shutdownNow();
    }
    assertThat(ResultsReader.read(path).measurements()).hasSize(2 * rows);
  }

  @Test
  void rawNamesTellWhatTheyHold() {
    assertThat(directory.raw(
            Series.of("latency")
                .algorithm("gcra")
                .backend("redis", "jedis")
                .workload("Poisson 5/s")
                .threads(4),
            "json"))
        .isEqualTo("raw/latency-gcra-redis-jedis-poisson-5-s-4t.json");
    assertThat(directory.raw(
            Series.of("latency").subject("limit").backend("redis", "lettuce").workload("ping"),
            "csv"))
        .isEqualTo("raw/latency-limit-redis-lettuce-ping.csv");
    assertThat(directory.raw(Series.of("漢"), "csv")).isEqualTo("raw/series.csv");
  }

  /** Whatever a replayed file is called: one name each, on any file system, and a measurement takes it. */
  @Test
  void rawNamesAreUniqueAndSafe() throws IOException {
    List<String> hostile = List.of(
        "replay:../../etc/passwd",
        "replay:..\\..\\boot.ini",
        "replay:a\"b'c<d>.log",
        "replay:A\"B'C<D>.log",
        "replay:...",
        "none-2",
        "none",
        "-",
        "\u0000\n",
        "x".repeat(300),
        "x".repeat(301));
    List<String> names = new ArrayList<>();
    for (String workload : hostile) {
      Series series = SERIES.workload(workload);
      try (CsvFile csv = directory.csv(series, "tau_us")) {
        names.add(csv.raw());
      }
      names.add(directory.raw(series, "csv"));
      names.add(directory.histogram(series, List.of(histogram()), 1000).raw());
    }

    assertThat(names).hasSize(3 * hostile.size()).doesNotHaveDuplicates();
    for (String name : names) {
      assertThat(name).matches("raw/[a-z0-9][a-z0-9.-]*");
      assertThat(path.resolve(name).normalize().getParent()).isEqualTo(path.resolve("raw"));
      assertThat(SERIES.raw(name).foreign("x", "1", 1, 1, 1, 1).raw()).isEqualTo(name);
    }
  }

  private static Histogram histogram() {
    Histogram histogram = new Histogram(3);
    histogram.recordValue(1);
    return histogram;
  }

  /** Of two runs that begin at once in one directory the other may not have written its file yet. */
  @Test
  void aRunThatHasOnlyBegunKeepsItsDirectory() throws IOException {
    Path begun = Files.createDirectories(temp.resolve("begun"));
    Files.createDirectory(begun.resolve("raw"));

    assertThatExceptionOfType(ResultsException.class)
        .isThrownBy(() -> ResultsDirectory.create(begun, Map.of(), Map.of()))
        .withMessageContaining("holds the results of another run");
    assertThat(begun.resolve("results.json")).doesNotExist();
  }
}
