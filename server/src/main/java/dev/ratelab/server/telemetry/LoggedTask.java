package dev.ratelab.server.telemetry;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the log tell what a task throws: an executor keeps that to itself, and never runs a scheduled task again that failed. */
public record LoggedTask(Runnable task) implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(LoggedTask.class);

  @Override
  public void run() {
    try {
      task.run();
    } catch (Throwable e) {
      LOG.error("a task of the server failed", e);
    }
  }
}
