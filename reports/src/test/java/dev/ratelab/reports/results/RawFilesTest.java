package dev.ratelab.reports.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RawFilesTest {
  private static final Series SERIES = Series.of("burst").algorithm("gcra");

  @TempDir
  private Path path;

  private ResultsDirectory directory;

  @BeforeEach
  void create() throws IOException {
    directory = ResultsDirectory.create(path, Map.of(), Map.of());
  }

  @Test
  void aSeriesIsReadBackInTheOrderAskedFor() throws IOException {
    String raw;
    try (CsvFile csv = directory.csv(SERIES, "tau_us", "a, \"quoted\" name", "bound")) {
      csv.row(1, "text, with \"quotes\"\nand lines", 0.1);
      csv.row(Long.MAX_VALUE, "", -1.7976931348623157e308);
      raw = csv.raw();
    }

    assertThat(path.resolve(raw)).hasContent("""
            tau_us,"a, ""quoted"" name",bound
            1,"text, with ""quotes""
            and lines",0.1
            9223372036854775807,,-1.7976931348623157E308
            """);
    assertThat(RawSeries.read(path, raw, "bound", "tau_us"))
        .containsExactly(
            new double[] {0.1, 1}, new double[] {-1.7976931348623157e308, (double) Long.MAX_VALUE});
  }

  @Test
  void refusesARowOfAnotherLength() throws IOException {
    try (CsvFile csv = directory.csv(SERIES, "a", "b")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> csv.row(1))
          .withMessage("raw/burst-gcra.csv has 2 columns, but the row has 1 values");
    }
    assertThat(RawSeries.read(path, "raw/burst-gcra.csv", "a")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a,b\\n1,2\\n3,x | row 2: b must be a number, but is \"x\"",
        "a,b\\n1,NaN | row 1: b must be a number, but is \"NaN\"",
        "a,b\\n1,Infinity | row 1: b must be a number, but is \"Infinity\"",
        "a,b\\n1 | row 1: b must be a number, but is \"\"",
        "a,c\\n1,2 | must have the columns a, b, but has a, c",
        "'' | must have the columns a, b, but has ",
        "a,,b\\n1,2,3 | not CSV with a header row: ",
        "a,b\\n\"1\"x,2 | not CSV with a header row: ",
        "a,\"b\\n1,2 | not CSV with a header row: ",
        "a,b\\n1,é | not CSV with a header row: ",
      })
  void refusesWhatIsNotASeries(String text, String problem) throws IOException {
    Path file = path.resolve("raw/x.csv");
    Files.write(file, text.replace("\\n", "\n").getBytes(StandardCharsets.ISO_8859_1));

    assertThatExceptionOfType(ResultsException.class)
        .isThrownBy(() -> RawSeries.read(path, "raw/x.csv", "a", "b"))
        .withMessageStartingWith(file + ": " + problem);
  }

  @Test
  void saysThatAFileIsMissing() {
    assertThatExceptionOfType(ResultsException.class)
        .isThrownBy(() -> RawSeries.read(path, "raw/x.csv", "a"))
        .withMessage(path.resolve("raw/x.csv") + ": this raw file is missing");
  }

  @Test
  void aLatencyHistogramIsKeptWhole() throws IOException {
    Histogram histogram = new Histogram(60_000_000_000L, 3);
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      histogram.recordValue((long) (200_000 * Math.exp(random.nextGaussian())));
    }

    Series series = directory.histogram(
        Series.of("latency").algorithm("gcra").workload("a\nworkload # of lines"),
        List.of(histogram),
        1000);

    assertThat(series.raw()).isEqualTo("raw/latency-gcra-a-workload-of-lines.csv");
    Path log = path.resolve("raw/latency-gcra-a-workload-of-lines.hlog");
    try (FileInputStream in = new FileInputStream(log.toFile());
        HistogramLogReader reader = new HistogramLogReader(in)) {
      Histogram read = (Histogram) reader.nextIntervalHistogram();
      assertThat(read).isEqualTo(histogram);
      for (double percentile : new double[] {0, 50, 90, 99, 99.9, 99.99, 100}) {
        assertThat(read.getValueAtPercentile(percentile))
            .isEqualTo(histogram.getValueAtPercentile(percentile));
      }
      assertThat(reader.hasNext()).isFalse();
    }
    assertThat(Files.readString(log)).contains("1/1000.0 us");
  }

  @Test
  void theSpectrumIsTheHistogramsOwnInMicroseconds() throws IOException {
    Histogram histogram = new Histogram(3);
    for (int i = 1; i <= 1000; i++) {
      histogram.recordValue(i * 1000L);
    }

    Series series = directory.histogram(Series.of("latency"), List.of(histogram), 1000);
    List<double[]> spectrum = RawSeries.read(path, series.raw(), "percentile", "value_us");

    assertThat(spectrum).hasSizeGreaterThan(20);
    assertThat(spectrum.get(spectrum.size() - 1)[0]).isEqualTo(100);
    double before = -1;
    for (double[] point : spectrum) {
      assertThat(point[0]).isGreaterThan(before);
      before = point[0];
      assertThat(point[1])
          .isEqualTo(histogram.getValueAtPercentile(point[0]) / 1000.0, within(1e-9))
          // 1000 values, 1 to 1000 us: a percentile is a tenth of its value, to the histogram's
          // three digits.
          .isEqualTo(Math.max(1, Math.ceil(point[0] * 10)), within(1 + point[0] * 0.02));
    }
  }
}
