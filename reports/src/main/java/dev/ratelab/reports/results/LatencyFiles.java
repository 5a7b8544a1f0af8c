package dev.ratelab.reports.results;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.HdrHistogram.HistogramLogWriter;

/** The two files of a latency histogram. */
final class LatencyFiles {
  // Five points each time the distance to 100 % halves: smooth on a log 1/(1-p) axis.
  private static final int POINTS_PER_HALVING = 5;

  private LatencyFiles() {}

  static void writeLog(
      Path file, Series series, List<Histogram> intervals, double unitsPerMicrosecond)
      throws IOException {
    try (FileOutputStream out = new FileOutputStream(file.toFile())) {
      HistogramLogWriter log = new HistogramLogWriter(out);
      log.outputComment("[Ratelab: " + series.toString().replaceAll("\\R", " ") + "]");
      log.outputComment(
          "[Values are in units of 1/" + unitsPerMicrosecond + " us; the column Max is in us]");
      log.outputLogFormatVersion();
      log.outputLegend();
      for (Histogram interval : intervals) {
        log.outputIntervalHistogram(
            seconds(interval.getStartTimeStamp()),
            seconds(interval.getEndTimeStamp()),
            interval,
            unitsPerMicrosecond);
      }
    }
  }

  static void writeSpectrum(CsvFile csv, Histogram histogram, double unitsPerMicrosecond)
      throws IOException {
    for (HistogramIterationValue point : histogram.percentiles(POINTS_PER_HALVING)) {
      csv.row(
          point.getPercentileLevelIteratedTo(), point.getValueIteratedTo() / unitsPerMicrosecond);
    }
  }

  // HdrHistogram marks a start that was never set with the largest long.
  private static double seconds(long timestampMillis) {
    return timestampMillis == Long.MAX_VALUE ? 0 : timestampMillis / 1000.0;
  }
}
