package dev.ratelab.cli;

import dev.ratelab.limiter.Limit;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The limit, for the commands that measure under one. */
final class LimitOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--limit",
      paramLabel = "PERMITS",
      description = "Permits per window, 1 to " + Limit.MAX_PERMITS + ".")
  private @Nullable Long permits;

  @Option(
      names = "--window",
      paramLabel = "DURATION",
      description = "The window: a whole number with us, ms, s, m, h or d, such as 10s.")
  private @Nullable Duration window;

  /** What the results say of a limit. */
  static Map<String, String> parameters(Limit limit) {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("limit", Long.toString(limit.permits()));
    parameters.put("window_us", Long.toString(limit.windowMicros()));
    return parameters;
  }

  /** Whether the user has said any of it. */
  boolean isGiven() {
    return permits != null || window != null;
  }

  /**
   * The limit.
   *
   * @param defaultPermits unless --limit was given
   * @param defaultWindow unless --window was given
   * @throws ParameterException if it lies outside the domain
   */
  Limit limit(long defaultPermits, Duration defaultWindow) {
    try {
      return Limit.of(
          permits != null ? permits : defaultPermits, window != null ? window : defaultWindow);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }
}
