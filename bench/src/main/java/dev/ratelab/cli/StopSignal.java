package dev.ratelab.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C and SIGTERM for a run that wants to end in order: they interrupt the thread that made this, and the JVM then waits until it
 * is closed.
 */
final class StopSignal implements AutoCloseable {
  /** What a shell reports for a command that SIGINT ended. The JVM gives it, or 143 for SIGTERM. */
  static final int EXIT = 130;

  private static final int SECONDS_TO_FINISH = 30;

  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook;
  private volatile boolean came;

  StopSignal() {
    Thread worker = Thread.currentThread();
    hook = new Thread(
        () -> {
          came = true;
          worker.interrupt();
          try {
            var unused = finished.await(SECONDS_TO_FINISH, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        },
        "stop");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Somebody has noticed it by an interrupt. */
  void taken() {
    came = true;
  }

  /** Whether the run should end. */
  boolean came() {
    if (!came) {
      Thread probe = new Thread(() -> {});
      try {
        Runtime.getRuntime().addShutdownHook(probe);
        Runtime.getRuntime().removeShutdownHook(probe);
      } catch (IllegalStateException e) {
        came = true;
      }
    }
    return came;
  }

  @Override
  public void close() {
    finished.countDown();
    if (!came) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // Shutting down already: the hook finds nothing left to wait for.
      }
    }
  }
}
