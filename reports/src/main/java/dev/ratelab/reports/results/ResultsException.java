package dev.ratelab.reports.results;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A results file that is missing or says something it must not; the message is for people. */
public final class ResultsException extends IOException {
  private static final long serialVersionUID = 1L;

  ResultsException(Path file, @Nullable String problem) {
    super(file + ": " + problem);
  }
}
