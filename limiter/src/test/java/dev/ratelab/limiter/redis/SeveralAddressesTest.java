package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.OnePolicy;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
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

  /** Likewise: a silent server, and on the name's first address somebody who neither takes connections nor refuses them. */
  static final class Hang {
    private Hang() {}

    public static void main(String[] arguments) throws Exception {
      Policy hasty = OnePolicy.PATIENT.withDeadline(Duration.ofMillis(50));
      Set<String> threads = new TreeSet<>();
      try (FakeRedis silent = new FakeRedis("127.0.0.1", (command, connection) -> {})) {
        int port = silent.address().port();
        LettuceClient client = LettuceClient.connect(RedisAddress.of("hangs.test", port));
        InetSocketAddress full = new InetSocketAddress("127.0.0.2", port);
        ServerSocket taken = new ServerSocket(port, 1, full.getAddress());
        List<SocketChannel> filling = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          SocketChannel channel = SocketChannel.open();
          channel.configureBlocking(false);
          var unused = channel.connect(full);
          filling.add(channel);
        }
        OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(hasty, client, "hang");
        Thread caller = new Thread(() -> {
          while (true) {
            limiter.checkAsync("a", 1).join();
            limiter.check("a", 1);
          }
        });
        caller.setDaemon(true);
        caller.start();
        // That of a probe, and that of a connecting after one.
        while (threads.size() < 2) {
          Thread.getAllStackTraces().forEach((thread, stack) -> {
            if (Stream.of(stack)
                .anyMatch(frame -> frame.getClassName().equals(FirstListening.class.getName()))) {
              threads.add(thread.getName().replaceFirst("-\\d.*", ""));
            }
          });
        }
        threads.forEach(thread -> System.out.println("waits: " + thread));
        System.exit(filling.isEmpty() || taken.isClosed() ? 1 : 0);
      }
    }
  }

  private static String output(Class<?> main, Path directory, String... arguments)
      throws Exception {
    Path names = Files.writeString(directory.resolve("hosts"), """
        127.0.0.1 first.test
        127.0.0.2 first.test
        127.0.0.2 last.test
        127.0.0.3 last.test
        127.0.0.1 last.test
        127.0.0.2 hangs.test
        127.0.0.1 hangs.test
        127.0.0.1 localhost
        """);
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Djdk.net.hosts.file=" + names,
        "-cp",
        System.getProperty("java.class.path"),
        main.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  /** Not the one thread that ends all calls at their deadlines, nor a caller's. */
  @Test
  void isTriedWhereNobodyWaits(@TempDir Path directory) throws Exception {
    assertThat(output(Hang.class, directory).lines().filter(line -> line.startsWith("waits: ")))
        .containsExactlyInAnyOrder(
            "waits: ratelab-lettuce-aside", "waits: lettuce-eventExecutorLoop");
  }

  @Test
  void isReached(@TempDir Path directory) throws Exception {
    try (RunningRedis server = RunningRedis.open("embedded")) {
      assertThat(output(Connect.class, directory, "" + server.address().port()).lines())
          .contains(
              "LETTUCE first.test", "LETTUCE last.test", "JEDIS first.test", "JEDIS last.test");
    }
  }
}
