package dev.ratelab.server.command;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import org.slf4j.LoggerFactory;

/**
 * How the log is written, which goes to standard error. Text, as logback.xml says, is for people, who are told of trouble only. JSON is
 * for machines: one object a line, with every notable event.
 */
enum LogFormat {
  TEXT,
  JSON;

  // At TRACE it tells each byte that is sent, the password for Redis among them.
  private static final String SENT = "io.lettuce.core.protocol.CommandEncoder";

  /** From now on. It cannot be taken back. */
  void use() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    Logger sent = context.getLogger(SENT);
    if (sent.isTraceEnabled()) {
      sent.setLevel(Level.DEBUG);
    }
    if (this == JSON) {
      writeJson(context);
    }
  }

  private static void writeJson(LoggerContext context) {
    JsonEncoder encoder = new JsonEncoder();
    encoder.setContext(context);
    encoder.setWithSequenceNumber(false);
    encoder.setWithNanoseconds(false);
    encoder.setWithContext(false);
    encoder.setWithMDC(false);
    // The message with its arguments in place says all that these would.
    encoder.setWithMessage(false);
    encoder.setWithArguments(false);
    encoder.setWithFormattedMessage(true);
    encoder.start();
    ConsoleAppender<ILoggingEvent> stderr = new ConsoleAppender<>();
    stderr.setContext(context);
    stderr.setTarget("System.err");
    stderr.setEncoder(encoder);
    stderr.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.detachAppender("stderr");
    root.addAppender(stderr);
    context.getLogger("dev.ratelab").setLevel(Level.INFO);
  }
}
