package dev.ratelab.verification.suite;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A counterexample's file that is missing or says something it must not; the message is for people. */
public final class CounterexampleException extends IOException {
  private static final long serialVersionUID = 1L;

  CounterexampleException(Path file, @Nullable String problem) {
    super(file + ": " + problem);
  }
}
