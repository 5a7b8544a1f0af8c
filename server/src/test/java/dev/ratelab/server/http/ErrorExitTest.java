package dev.ratelab.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.command.ErrorExit;
import dev.ratelab.server.telemetry.Telemetry;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** An Error that escapes in a thread ends the process, and the launchers do so where the JVM itself sees it. */
class ErrorExitTest {
  private static Process start(String where, String... jvm) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of(jvm));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Escaping.class.getName(), where));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  @ParameterizedTest
  @ValueSource(strings = {"thread", "task", "handler", "arrival", "idle", "probe"})
  void anErrorEndsTheProcessWithALogLine(String where) throws Exception {
    Process process = start(where);
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(said).isEqualTo(ErrorExit.CODE);
    assertThat(said).contains("StackOverflowError: marker");
  }

  /** Nor does what a library has tried in vain and tells below a warning. */
  @ParameterizedTest
  @ValueSource(strings = {"exception", "tried"})
  void anExceptionDoesNot(String where) throws Exception {
    Process process = start(where);
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(said).isZero();
  }

  @Test
  void everyLauncherEndsAJvmWithoutMemory() throws Exception {
    for (String launcher : List.of("../ratelab", "src/dist/bin/ratelab-server", "pom.xml")) {
      assertThat(Files.readString(Path.of(launcher)))
          .as(launcher)
          .contains("-XX:+ExitOnOutOfMemoryError");
    }
    assertThat(Files.readString(Path.of("src/dist/systemd/ratelab-server.service")))
        .contains(
            "Restart=on-failure", "RestartPreventExitStatus=2\n", "StartLimitIntervalSec=0\n");
    assertThat(Files.readString(Path.of("../docs/deploy/compose.yaml")))
        .contains("\n  restart: unless-stopped\n");
  }

  /** Has an Error escape. */
  static final class Escaping {
    private Escaping() {}

    public static void main(String[] args) throws Exception {
      ErrorExit.install();
      ServerOptions options = ServerOptions.defaults();
      switch (args[0]) {
        case "thread" -> new Thread(Escaping::fail).start();
        case "task" -> new DefaultEventLoop().execute(Escaping::fail);
        case "handler" -> {
          EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
              fail();
            }
          });
          channel
              .pipeline()
              .addLast(new Connection(
                  service(),
                  options,
                  new RequestDecoder(options.limits()),
                  RequestMemory.ofHeap()));
          channel.pipeline().fireChannelRead("x");
        }
        case "arrival" -> halfSent(options);
        case "idle" -> halfSent(options.withIdleTimeout(Duration.ofSeconds(1)));
        case "probe" -> {
          Telemetry telemetry = Telemetry.create();
          telemetry.metered((RedisClient) Proxy.newProxyInstance(
              Escaping.class.getClassLoader(),
              new Class<?>[] {RedisClient.class},
              (client, method, arguments) -> "unused"));
          AtomicInteger decisions = new AtomicInteger();
          var unused = telemetry
              .probing(() -> {
                if (decisions.getAndIncrement() > 0) {
                  fail();
                }
                return CompletableFuture.failedFuture(new IllegalStateException("in doubt"));
              })
              .get();
        }
        case "tried" -> {
          Logger log = (Logger) LoggerFactory.getLogger(Escaping.class);
          log.setLevel(Level.DEBUG);
          log.debug("tried", new NoSuchMethodException().initCause(new StackOverflowError()));
          System.exit(0);
        }
        default -> {
          LoggerFactory.getLogger(Escaping.class)
              .error("failed", new IllegalStateException("marker"));
          System.exit(0);
        }
      }
      Thread.sleep(60_000);
      System.exit(1);
    }

    private static HttpService service() {
      return new HttpService(
          call -> {
            throw new IllegalStateException("asks nobody");
          },
          null);
    }

    /** Has a connection fail where it looks after half a request, on time. */
    private static void halfSent(ServerOptions options) {
      AtomicBoolean failing = new AtomicBoolean();
      EmbeddedChannel channel = new EmbeddedChannel() {
        private final ChannelConfig own = new DefaultChannelConfig(this) {
          @Override
          public boolean isAutoRead() {
            if (failing.getAndSet(false)) {
              fail();
            }
            return super.isAutoRead();
          }
        };

        @Override
        public ChannelConfig config() {
          return own == null ? super.config() : own;
        }
      };
      Pipeline.open(channel, service(), options, RequestMemory.ofHeap());
      String half = RawClient.check("a").replaceFirst("}$", "");
      channel.writeInbound(Unpooled.copiedBuffer(half, StandardCharsets.ISO_8859_1));
      failing.set(true);
      channel.advanceTimeBy(30, TimeUnit.SECONDS);
      channel.runScheduledPendingTasks();
    }

    private static void fail() {
      throw new StackOverflowError("marker");
    }
  }
}
