package dev.ratelab.reports.results;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** Reads a raw CSV file back as numbers. */
public final class RawSeries {
  private static final CSVFormat FORMAT =
      CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get();

  private RawSeries() {}

  /**
   * Reads columns by name; others in the file are passed over.
   *
   * @throws ResultsException if the file is missing, lacks a column or holds something that is not a
   *     finite number
   * @throws IOException if the file cannot be read
   */
  public static List<double[]> read(Path directory, String raw, String... columns)
      throws IOException {
    Path file = directory.resolve(raw);
    if (!Files.isRegularFile(file)) {
      throw new ResultsException(file, "this raw file is missing");
    }
    List<double[]> rows = new ArrayList<>();
    try (Reader reader = Files.newBufferedReader(file);
        CSVParser parser = FORMAT.parse(reader)) {
      if (!parser.getHeaderNames().containsAll(Arrays.asList(columns))) {
        throw new ResultsException(
            file,
            "must have the columns %s, but has %s"
                .formatted(String.join(", ", columns), String.join(", ", parser.getHeaderNames())));
      }
      for (CSVRecord row : parser) {
        double[] numbers = new double[columns.length];
        for (int i = 0; i < columns.length; i++) {
          numbers[i] = number(file, row, columns[i]);
        }
        rows.add(numbers);
      }
    } catch (CharacterCodingException
        | CSVException
        | UncheckedIOException
        | IllegalArgumentException e) {
      throw new ResultsException(file, "not CSV with a header row: " + e.getMessage());
    }
    return rows;
  }

  private static double number(Path file, CSVRecord row, String column) throws ResultsException {
    String text = row.isSet(column) ? row.get(column) : "";
    double number;
    try {
      number = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      number = Double.NaN;
    }
    if (!Double.isFinite(number)) {
      throw new ResultsException(
          file,
          "row %s: %s must be a number, but is \"%s\""
              .formatted(row.getRecordNumber(), column, text));
    }
    return number;
  }
}
