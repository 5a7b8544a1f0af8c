package dev.ratelab.limiter.redis;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisMovedDataException;
import redis.clients.jedis.util.SafeEncoder;

/** A connection for what a test does to a server by itself. */
public class RawRedis implements AutoCloseable {
  private static final long HANG_NANOS = TimeUnit.MINUTES.toNanos(3);

  private final Connection connection;

  public RawRedis(RedisAddress address) {
    HostAndPort server = new HostAndPort(address.host(), address.port());
    JedisClientConfig config =
        JedisClient.login(address).serverDefaultProtocol().build();
    connection = address.tls()
        ? DeadlineConnection.open(
            server, address.files().sockets(), config, System.nanoTime() + HANG_NANOS)
        : new Connection(server, config);
  }

  /** Sends a command; arguments are strings or bytes. Of a cluster, to the node that has the key. */
  public Object call(String command, Object... arguments) {
    CommandArguments call =
        new CommandArguments(() -> SafeEncoder.encode(command)).addObjects(arguments);
    try {
      return connection.executeCommand(call);
    } catch (JedisMovedDataException e) {
      try (Connection owner = new Connection(e.getTargetNode())) {
        return owner.executeCommand(call);
      }
    }
  }

  public String text(String command, Object... arguments) {
    return text(call(command, arguments));
  }

  public long number(String command, Object... arguments) {
    return (Long) call(command, arguments);
  }

  /** The value of a setting. */
  public String setting(String name) {
    return text(((List<?>) call("CONFIG", "GET", name)).get(1));
  }

  public long processId() {
    Matcher id = Pattern.compile("process_id:(\\d+)").matcher(text("INFO", "server"));
    if (!id.find()) {
      throw new AssertionError("INFO names no process");
    }
    return Long.parseLong(id.group(1));
  }

  /** Sends a signal to the server's process. */
  public static void signal(String name, long processId) throws IOException, InterruptedException {
    int exit =
        new ProcessBuilder("kill", "-" + name, Long.toString(processId)).start().waitFor();
    if (exit != 0) {
      throw new AssertionError("kill -%s ended with %d".formatted(name, exit));
    }
  }

  /** How often each command was called since CONFIG RESETSTAT, by clients and by scripts. */
  public Map<String, Long> calls() {
    return stats("cmdstat_(\\S+?):calls=(\\d+)");
  }

  /** How often each command that was called answered with an error. */
  public Map<String, Long> failedCalls() {
    Map<String, Long> failed = stats("cmdstat_(\\S+?):\\S*failed_calls=(\\d+)");
    failed.values().removeIf(count -> count == 0);
    return failed;
  }

  /** How often each command was turned away before it ran, as for a slot that is served elsewhere. */
  public Map<String, Long> rejectedCalls() {
    return stats("cmdstat_(\\S+?):\\S*rejected_calls=(\\d+)");
  }

  private Map<String, Long> stats(String pattern) {
    Map<String, Long> stats = new TreeMap<>();
    Matcher lines = Pattern.compile(pattern).matcher(text("INFO", "commandstats"));
    for (MatchResult line : lines.results().toList()) {
      stats.put(line.group(1), Long.parseLong(line.group(2)));
    }
    stats.keySet().removeIf(name -> name.startsWith("config") || name.equals("info"));
    return stats;
  }

  @Override
  public void close() {
    connection.close();
  }

  private static String text(Object reply) {
    return new String((byte[]) reply, StandardCharsets.UTF_8);
  }
}
