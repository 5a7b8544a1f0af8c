package dev.ratelab.limiter.redis.launch;

import dev.ratelab.limiter.redis.RawRedis;
import dev.ratelab.limiter.redis.RedisAddress;
import java.util.regex.Pattern;

/**
 * A run in a JVM of its own, which starts a Redis, tells of each of its processes and where it is, and then ends as its first argument
 * says or is ended.
 */
final class ForeignRun {
  /** The port that a line of CLUSTER NODES tells. */
  private static final Pattern PORT = Pattern.compile("127\\.0\\.0\\.1:(\\d+)@");

  private ForeignRun() {}

  @SuppressWarnings("SystemOut")
  public static void main(String[] arguments) throws InterruptedException {
    RunningRedis redis = RunningRedis.open(arguments[1]);
    try (RawRedis raw = new RawRedis(redis.address())) {
      if (arguments[1].equals("embedded")) {
        System.out.println(raw.processId() + " " + raw.setting("dir"));
      } else {
        PORT.matcher(raw.text("CLUSTER", "NODES")).results().forEach(node -> {
          int port = Integer.parseInt(node.group(1));
          try (RawRedis each = new RawRedis(RedisAddress.of("127.0.0.1", port))) {
            System.out.println(each.processId() + " " + each.setting("dir"));
          }
        });
      }
    }
    if (arguments[0].equals("exit")) {
      System.exit(0);
    }
    Thread.currentThread().join();
  }
}
