package dev.ratelab.reports.results;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** A raw series as CSV (RFC 4180, UTF-8, a header row, LF line ends). */
public final class CsvFile implements Closeable {
  private static final CSVFormat FORMAT =
      CSVFormat.RFC4180.builder().setRecordSeparator('\n').get();

  private final String raw;
  private final int columns;
  private final CSVPrinter printer;

  CsvFile(Path directory, String name, String... header) throws IOException {
    this.raw = "raw/" + name;
    this.columns = header.length;
    this.printer = new CSVPrinter(Files.newBufferedWriter(directory.resolve(raw)), FORMAT);
    printer.printRecord((Object[]) header);
  }

  /** The file's name relative to the results directory, as a measurement's {@code raw} wants it. */
  public String raw() {
    return raw;
  }

  /**
   * Appends a row.
   *
   * @throws IllegalArgumentException if the row has not one value for each column
   */
  public void row(Object... values) throws IOException {
    if (values.length != columns) {
      throw new IllegalArgumentException(
          "%s has %s columns, but the row has %s values".formatted(raw, columns, values.length));
    }
    printer.printRecord(values);
  }

  @Override
  public void close() throws IOException {
    printer.close();
  }
}
