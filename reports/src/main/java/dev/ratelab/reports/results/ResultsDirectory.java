package dev.ratelab.reports.results;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * A run's output folder. After every {@link #add} the whole of {@value #FILE} is on disk again, so a
 * run that is interrupted leaves what it had measured. Thread-safe.
 */
public final class ResultsDirectory {
  /** The file that holds the results. */
  public static final String FILE = "results.json";

  private static final String RAW = "raw";

  // File systems take 255 bytes; a number and an extension must still fit.
  private static final int LONGEST_RAW_NAME = 200;

  private final Path path;
  private final Map<String, String> environment;
  private final Map<String, String> parameters;
  private final List<Notice> notices = new ArrayList<>();
  private final List<Measurement> measurements = new ArrayList<>();
  private final Set<String> rawNames = new HashSet<>();

  private ResultsDirectory(
      Path path, Map<String, String> environment, Map<String, String> parameters) {
    this.path = path;
    this.environment = new LinkedHashMap<>(environment);
    this.parameters = new LinkedHashMap<>(parameters);
  }

  /**
   * Creates the directory if need be and begins a new run in it.
   *
   * @throws ResultsException if the directory holds the results of another run: nothing is ever
   *     overwritten
   * @throws IOException if it cannot be created or written
   */
  public static ResultsDirectory create(
      Path path, Map<String, String> environment, Map<String, String> parameters)
      throws IOException {
    Files.createDirectories(path);
    try {
      if (Files.exists(path.resolve(FILE))) {
        throw new FileAlreadyExistsException(FILE);
      }
      // Of several runs that begin at once only one can create it.
      Files.createDirectory(path.resolve(RAW));
    } catch (FileAlreadyExistsException e) {
      throw new ResultsException(
          path, "holds the results of another run; give a new directory or remove this one");
    }
    ResultsDirectory directory = new ResultsDirectory(path, environment, parameters);
    directory.write();
    return directory;
  }

  public Path path() {
    return path;
  }

  public synchronized Results results() {
    return new Results(environment, notices, parameters, measurements);
  }

  /**
   * Adds measurements and rewrites {@value #FILE}.
   *
   * @throws IllegalArgumentException if one of them measures the same as one already added; nothing
   *     is added then
   */
  public synchronized void add(Measurement... added) throws IOException {
    List<Measurement> all = new ArrayList<>(measurements);
    all.addAll(List.of(added));
    ResultsWriter.write(path.resolve(FILE), new Results(environment, notices, parameters, all));
    measurements.addAll(List.of(added));
  }

  /** Adds or replaces a fact about where the run happens that is only known once it has begun. */
  public synchronized void environment(String name, String value) throws IOException {
    environment.put(name, value);
    write();
  }

  /** Adds notices; one replaces an older one of its kind and name. */
  public synchronized void note(List<Notice> added) throws IOException {
    for (Notice notice : added) {
      notices.removeIf(notice::replaces);
      notices.add(notice);
    }
    write();
  }

  /** Adds a {@linkplain Notice.Kind#WARNING warning}. */
  public void warn(String name, String text) throws IOException {
    note(List.of(Notice.warning(name, text)));
  }

  /**
   * Creates a CSV file for a series, named after it.
   *
   * @return the open file; its {@link CsvFile#raw()} belongs in the measurements it explains
   */
  public CsvFile csv(Series series, String... columns) throws IOException {
    return new CsvFile(path, rawName(series) + ".csv", columns);
  }

  /**
   * Writes latencies twice under one name: every interval as a line of an HdrHistogram log ({@code .hlog}), and the percentile
   * spectrum of all together as CSV with the columns {@code percentile} (0 to 100) and {@code value_us}.
   *
   * @param intervals histograms of one precision that follow each other in time, at least one
   * @param unitsPerMicrosecond how many of the histograms' units are a microsecond: 1000 if they count nanoseconds
   * @return the series with its {@code raw} set to the CSV file
   */
  public Series histogram(Series series, List<Histogram> intervals, double unitsPerMicrosecond)
      throws IOException {
    String name = rawName(series);
    LatencyFiles.writeLog(
        path.resolve(RAW).resolve(name + ".hlog"), series, intervals, unitsPerMicrosecond);
    Histogram all = new Histogram(intervals.get(0).getNumberOfSignificantValueDigits());
    intervals.forEach(all::add);
    try (CsvFile csv = new CsvFile(path, name + ".csv", "percentile", "value_us")) {
      LatencyFiles.writeSpectrum(csv, all, unitsPerMicrosecond);
      return series.raw(csv.raw());
    }
  }

  /**
   * A path for a raw file in another format, named after a series.
   *
   * @param extension without the dot
   * @return the name relative to this directory, such as {@code raw/burst-gcra-memory.json}
   */
  public String raw(Series series, String extension) {
    return RAW + "/" + rawName(series) + "." + extension;
  }

  private synchronized String rawName(Series series) {
    String name = Stream.of(
            series.experiment(),
            series.subject().equals(Measurement.RATELAB) ? "" : series.subject(),
            series.algorithm(),
            series.backend(),
            series.client(),
            series.workload(),
            series.threads() == 1 ? "" : series.threads() + "t")
        .filter(part -> !part.isEmpty() && !part.equals(Measurement.NONE))
        .map(part -> part.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.]+", "-"))
        .map(part -> part.replaceAll("^[-.]+|-+$", ""))
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining("-"));
    name = name.isEmpty() ? "series" : name.substring(0, Math.min(name.length(), LONGEST_RAW_NAME));
    String unique = name;
    for (int i = 2; !rawNames.add(unique); i++) {
      unique = name + "-" + i;
    }
    return unique;
  }

  private void write() throws IOException {
    ResultsWriter.write(path.resolve(FILE), results());
  }
}
