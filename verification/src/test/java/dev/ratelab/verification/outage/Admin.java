package dev.ratelab.verification.outage;

import dev.ratelab.limiter.redis.RedisAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.util.SafeEncoder;

/** What an operator does to a server of ours: each command on a connection of its own, past all proxies. */
record Admin(RedisAddress address) {
  private static final long HANG_SECONDS = 120;

  interface Condition {
    boolean holds();
  }

  String call(String command, Object... arguments) {
    Object reply = reply(command, arguments);
    return reply instanceof byte[] text
        ? new String(text, StandardCharsets.UTF_8)
        : String.valueOf(reply);
  }

  /** The same, as it was read: bytes, a number, or a list of these. */
  Object reply(String command, Object... arguments) {
    try (Connection connection = new Connection(address.host(), address.port())) {
      return connection.executeCommand(
          new CommandArguments(() -> SafeEncoder.encode(command)).addObjects(arguments));
    }
  }

  void set(String setting, Object value) {
    call("CONFIG", "SET", setting, value);
  }

  long info(String name) {
    Matcher line = Pattern.compile("(?m)^" + Pattern.quote(name) + ":(\\d+)").matcher(call("INFO"));
    if (!line.find()) {
      throw new IllegalStateException("INFO names no " + name);
    }
    return Long.parseLong(line.group(1));
  }

  static void signal(String name, long process) throws IOException, InterruptedException {
    int exit =
        new ProcessBuilder("kill", "-" + name, Long.toString(process)).start().waitFor();
    if (exit != 0) {
      throw new IOException("kill -%s ended with %s".formatted(name, exit));
    }
  }

  /** Kills the server's process and waits until it is gone. */
  void kill() throws IOException, InterruptedException {
    long process = info("process_id");
    signal("KILL", process);
    ProcessHandle.of(process).ifPresent(handle -> handle.onExit().join());
  }

  static void await(String what, Condition condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(HANG_SECONDS);
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            "%s did not come within %s s".formatted(what, HANG_SECONDS));
      }
      Thread.sleep(20);
    }
  }
}
