package dev.ratelab.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.ratelab.limiter.Decision;
import dev.ratelab.server.ScriptedLimiter;
import dev.ratelab.server.check.ActivePolicies;
import dev.ratelab.server.check.TestResources;
import dev.ratelab.server.telemetry.Telemetry;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ResourceLeakDetector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/** One connection, from its first byte to its end, on the handlers that serve it. */
public final class ConnectionFuzz {
  private static final Telemetry TELEMETRY = Telemetry.create();
  private static final ServerOptions OPTIONS =
      ServerOptions.defaults().withIdleTimeout(Duration.ofSeconds(30));
  private static final Pattern HEAD =
      Pattern.compile("HTTP/1\\.1 (\\d{3}) [^\r\n]*\r\n((?:[a-zA-Z-]+: [^\r\n]*\r\n)*)\r\n");
  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)\r\n");
  private static final JsonMapper JSON = new JsonMapper();

  private ConnectionFuzz() {}

  public static void read(byte[] input) {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    root.addAppender(log);
    try {
      converse(input);
    } finally {
      root.detachAppender(log);
    }
    assertThat(log.list.stream()
            .filter(line -> line.getLevel().isGreaterOrEqual(Level.WARN))
            // The telemetry is that of all inputs, so each registers the same gauge.
            .filter(line -> !line.getLoggerName().startsWith("io.micrometer"))
            .map(ILoggingEvent::getFormattedMessage))
        .as("a client's bytes are no trouble of ours")
        .isEmpty();
  }

  private static void converse(byte[] input) {
    // Split as the bytes say, so that the same bytes are always the same test.
    SplittableRandom random = new SplittableRandom(Arrays.hashCode(input));
    UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(false);
    List<Long> decided = new ArrayList<>();
    List<Runnable> later = new ArrayList<>();
    ActivePolicies served =
        ActivePolicies.of(ScriptedLimiter.POLICIES, ScriptedLimiter.deciding((key, cost) -> {
          long remaining = decided.size();
          decided.add(remaining);
          CompletableFuture<Decision> decision = new CompletableFuture<>();
          Runnable decide = () -> decision.complete(Decision.allow(10, remaining, 0));
          if (random.nextInt(3) == 0) {
            later.add(random.nextInt(later.size() + 1), decide);
          } else {
            decide.run();
          }
          return decision;
        }));
    HttpService service =
        new HttpService(TestResources.of(() -> served, OPTIONS, TELEMETRY), TELEMETRY);
    Wire wire = new Wire();
    wire.freezeTime();
    wire.config().setAllocator(memory);
    if (random.nextInt(8) == 0) {
      wire.attr(ConnectionLimit.SPARE).set(true);
    }
    Pipeline.open(wire, service, OPTIONS, RequestMemory.ofHeap());

    StringBuilder answers = new StringBuilder();
    for (int from = 0; from < input.length && wire.isOpen(); ) {
      int length =
          random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 1 + random.nextInt(input.length);
      int to = Math.min(input.length, from + length);
      wire.writeInbound(memory.buffer(to - from).writeBytes(input, from, to - from));
      from = to;
      if (random.nextInt(4) == 0) {
        later.forEach(Runnable::run);
        later.clear();
      }
      if (random.nextInt(16) == 0) {
        wire.pipeline().fireUserEventTriggered(Connection.Notice.DRAIN);
      }
      answers.append(wire.answers());
    }
    wire.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    later.forEach(Runnable::run);
    answers.append(wire.answers());

    assertThat(wire.isOpen() && !wire.isOutputShutdown())
        .as("who sends no more is answered and closed: %s", answers)
        .isFalse();
    judge(answers.toString(), decided);
    wire.checkException();
    wire.finishAndReleaseAll();
    assertThat(memory.metric().usedHeapMemory() + memory.metric().usedDirectMemory())
        .as("bytes of buffers that are not released")
        .isZero();
  }

  /** A row of whole answers with bodies of JSON, which tell of every decision in the order in which they were asked for. */
  private static void judge(String answers, List<Long> decided) {
    Matcher head = HEAD.matcher(answers);
    StringBuilder bodies = new StringBuilder();
    int at = 0;
    boolean closed = false;
    while (at < answers.length()) {
      assertThat(closed)
          .as("nothing follows what says that it is the last: %s", answers)
          .isFalse();
      head.region(at, answers.length());
      assertThat(head.lookingAt())
          .as("an answer begins at %d of %s", at, answers)
          .isTrue();
      at = head.end();
      closed = head.group(2).toLowerCase(Locale.ROOT).contains("connection: close\r\n");
      Matcher length = LENGTH.matcher(head.group(2));
      if (length.find() && at < answers.length() && answers.charAt(at) != 'H') {
        String body = answers.substring(at, at + Integer.parseInt(length.group(1)));
        assertThat(JSON.readTree(body).isContainer()).isTrue();
        assertThat(body).doesNotContain("\\tat ").doesNotContain("Exception: ");
        bodies.append(body);
        at += body.length();
      }
    }
    int next = 0;
    String all = bodies.toString();
    for (long each : decided) {
      int found = all.indexOf("\"remaining\":" + each + ",", next);
      assertThat(found).as("the answer of decision %d in %s", each, answers).isNotNegative();
      next = found + 1;
    }
  }
}
