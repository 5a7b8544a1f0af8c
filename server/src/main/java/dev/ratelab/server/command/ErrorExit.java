package dev.ratelab.server.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import org.slf4j.LoggerFactory;

/**
 * Ends the process with a log line when an {@link Error} has escaped anywhere: the thread that it ended may be one that all depend on, and a
 * server that seems alive is worse than one that is started anew. Whatever catches one logs it, Netty included, so the log is where they are
 * seen.
 */
public final class ErrorExit extends AppenderBase<ILoggingEvent> {
  /** The exit code, that of the JVM's own {@code -XX:+ExitOnOutOfMemoryError}. */
  public static final int CODE = 3;

  private static final int DEPTH = 10;

  private ErrorExit() {}

  /** From now on, for the whole process. To be called when logging is set up. */
  public static void install() {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    ErrorExit exit = new ErrorExit();
    exit.setContext(root.getLoggerContext());
    exit.start();
    // The last one: the line is written by then.
    root.addAppender(exit);
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, thrown) -> root.error("the thread {} ended", thread.getName(), thrown));
  }

  @Override
  protected void append(ILoggingEvent event) {
    // Below a warning libraries tell of what they have tried, such as a method of a newer JDK.
    if (!event.getLevel().isGreaterOrEqual(Level.WARN)) {
      return;
    }
    Throwable cause =
        event.getThrowableProxy() instanceof ThrowableProxy proxy ? proxy.getThrowable() : null;
    for (int i = 0; cause != null && i < DEPTH; i++) {
      if (cause instanceof Error) {
        Runtime.getRuntime().halt(CODE);
      }
      cause = cause.getCause();
    }
  }
}
