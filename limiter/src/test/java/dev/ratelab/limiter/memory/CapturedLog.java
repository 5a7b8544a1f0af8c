package dev.ratelab.limiter.memory;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What is logged during a test, kept from between the results. */
final class CapturedLog implements BeforeEachCallback, AfterEachCallback {
  private final PrintStream stderr = System.err;
  private final ByteArrayOutputStream captured = new ByteArrayOutputStream();

  @Override
  public void beforeEach(ExtensionContext context) {
    System.setErr(new PrintStream(captured, true, StandardCharsets.UTF_8));
  }

  @Override
  public void afterEach(ExtensionContext context) {
    System.setErr(stderr);
  }

  List<String> lines() {
    return captured.toString(StandardCharsets.UTF_8).lines().toList();
  }
}
