package dev.ratelab.cli;

import dev.ratelab.limiter.Limit;
import java.time.Duration;
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
