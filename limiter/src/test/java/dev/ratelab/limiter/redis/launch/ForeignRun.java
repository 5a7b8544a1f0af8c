package dev.ratelab.limiter.redis.launch;

import dev.ratelab.limiter.redis.RawRedis;

/** A run in a JVM of its own, which starts a Redis, tells where, and then ends as its argument says or is ended. */
final class ForeignRun {
  private ForeignRun() {}

  @SuppressWarnings("SystemOut")
  public static void main(String[] arguments) throws InterruptedException {
    RunningRedis redis = RunningRedis.open("embedded");
    try (RawRedis raw = new RawRedis(redis.address())) {
      System.out.println(raw.processId() + " " + raw.setting("dir"));
    }
    if (arguments[0].equals("exit")) {
      System.exit(0);
    }
    Thread.currentThread().join();
  }
}
