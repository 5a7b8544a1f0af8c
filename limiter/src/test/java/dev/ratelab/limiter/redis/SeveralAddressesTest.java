package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.redis.launch.RunningRedis;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A name with several addresses of which one listens, wherever that one stands in the list. */
class SeveralAddressesTest {
  /** In a JVM of its own, whose names come from a file. */
  static final class Connect {
    private Connect() {}

    public static void main(String[] arguments) {
      for (Library library : Library.values()) {
        for (String host : List.of("first.test", "last.test")) {
          RedisAddress address = RedisAddress.of(host, Integer.parseInt(arguments[0]));
          try (RedisClient client = library.connect(address)) {
            client.pingBlocking(Duration.ofMinutes(1));
            System.out.println(library + " " + host);
          }
        }
      }
    }
  }

  @Test
  void isReached(@TempDir Path directory) throws Exception {
    Path names = Files.writeString(directory.resolve("hosts"), """
        127.0.0.1 first.test
        127.0.0.2 first.test
        127.0.0.2 last.test
        127.0.0.3 last.test
        127.0.0.1 last.test
        127.0.0.1 localhost
        """);
    try (RunningRedis server = RunningRedis.open("embedded")) {
      Process process = new ProcessBuilder(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Djdk.net.hosts.file=" + names,
              "-cp",
              System.getProperty("java.class.path"),
              Connect.class.getName(),
              "" + server.address().port())
          .redirectErrorStream(true)
          .start();

      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertThat(process.waitFor()).as(output).isZero();
      assertThat(output.lines())
          .contains(
              "LETTUCE first.test", "LETTUCE last.test", "JEDIS first.test", "JEDIS last.test");
    }
  }
}
