package dev.ratelab.server.command;

import java.util.concurrent.CountDownLatch;

/** Interrupts a thread when the JVM is told to end, and has the JVM wait until that thread has closed all it opened. */
final class StopHook {
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook;

  private StopHook(Thread worker) {
    hook = new Thread(
        () -> {
          worker.interrupt();
          try {
            finished.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        },
        "stop");
  }

  /** For the calling thread. To be removed when all is closed. */
  static StopHook install() {
    StopHook installed = new StopHook(Thread.currentThread());
    Runtime.getRuntime().addShutdownHook(installed.hook);
    return installed;
  }

  void remove() {
    finished.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs: that is why we stop.
    }
  }
}
