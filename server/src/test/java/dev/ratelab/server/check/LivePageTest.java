package dev.ratelab.server.check;

import static dev.ratelab.server.RunningServers.OPTIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ratelab.fixtures.Browser;
import dev.ratelab.fixtures.Pause;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.server.Exposition;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.RunningServers;
import dev.ratelab.server.telemetry.Telemetry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The live page in a real browser, where one is installed: Chromium or Chrome on the PATH. What it saw is kept under {@code
 * target/screenshots}.
 */
class LivePageTest {
  private static final Path KEPT = Path.of("target", "screenshots");
  private static final Policy POLICY =
      Policy.of("sign-in", Algorithm.GCRA, Limit.of(5, Duration.ofHours(1)));
  private static final PolicySet POLICIES = PolicySet.of(ScopedPolicy.perKey(POLICY));

  @TempDir
  private static Path shared;

  private static Browser browser;

  @BeforeAll
  static void open() throws Exception {
    Optional<Path> program = Browser.installed();
    assumeTrue(program.isPresent(), "no Chromium on the PATH, so nobody has looked at the page");
    browser = Browser.start(program.orElseThrow(), shared);
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
    }
  }

  private static String text(String id) {
    return browser.run("document.getElementById('" + id + "').textContent").stringValue();
  }

  /** Waits until a condition of the page holds, however long that takes. */
  private static void await(String condition) {
    browser.run(
        "new Promise((done) => { const look = () => (%s) ? done(0) : setTimeout(look, 20); look(); })"
            .formatted(condition));
  }

  private static void awaitText(String id, String text) {
    await("document.getElementById('%s').textContent === '%s'".formatted(id, text));
  }

  private static void check(CheckServer server, String key, int times) throws IOException {
    try (RawClient client = new RawClient(server.port())) {
      for (int i = 0; i < times; i++) {
        assertThat(client.send(RawClient.check(key)).read().status()).isIn(200, 503);
      }
    }
  }

  private static String address(CheckServer server) {
    return "http://127.0.0.1:" + server.port() + "/";
  }

  @Test
  void itShowsWhatIsDecided() throws Exception {
    try (Telemetry telemetry = Telemetry.create();
        MemoryRateLimiter limiter = RateLimiters.inMemory()) {
      telemetry.observe(limiter);
      try (CheckServer server = RunningServers.serving(POLICIES, limiter, OPTIONS, telemetry)) {
        Set<String> papers = new HashSet<>();
        for (String theme : new String[] {"light", "dark"}) {
          browser.screen(390, 800, theme);
          browser.open(address(server));
          awaitText("state", "live");
          awaitText("top", "nobody");

          check(server, "hush-hush", 50);
          await("document.querySelectorAll('#top code').length === 1");
          check(server, "another", 8);
          await("document.querySelectorAll('#top code').length === 2");

          assertThat(browser.run("document.body.innerText").stringValue())
              .doesNotContain("hush")
              .contains("sign-in");
          assertThat(
                  browser.run("document.querySelector('#top code').textContent").stringValue())
              .matches("[0-9a-f]{12}");
          assertThat(browser
                  .run("Number(document.querySelector('#top .number').textContent)")
                  .intValue())
              .as("who was denied most is the first")
              .isIn(45, 50);
          assertThat(text("backend")).isEqualTo("in memory");
          assertThat(text("backend-more")).isEqualTo("2 counters");
          assertThat(text("inflight")).isEqualTo("0");
          await("document.querySelectorAll('#rates polyline[points]').length === 2");
          await("document.querySelectorAll('#latencies polyline[points*=\",\"]').length === 2");
          assertThat(browser
                  .run("document.documentElement.scrollWidth > innerWidth")
                  .booleanValue())
              .as("scrolls sideways")
              .isFalse();
          papers.add(
              browser.run("getComputedStyle(document.body).backgroundColor").stringValue());
          browser.screen(1100, 800, theme);
          browser.screenshot(KEPT.resolve("live-%s.png".formatted(theme)));
          browser.screen(390, 800, theme);
          browser.screenshot(KEPT.resolve("live-%s-narrow.png".formatted(theme)));
          assertThat(browser.console()).isEmpty();
          // Leaves the page: the next one begins with nothing counted.
          browser.open("about:blank");
          awaitNobodyWatches(server);
        }
        assertThat(papers).as("one for each theme").hasSize(2);
      }
    }
  }

  private static void awaitNobodyWatches(CheckServer server) throws IOException {
    try (RawClient client = new RawClient(server.port())) {
      double streams = 1;
      while (streams > 0) {
        Pause.brief();
        Response response = client.send(RawClient.get("/metrics")).read();
        streams = Exposition.parse(response.body()).value("ratelab_live_readers");
      }
    }
  }

  @Test
  void itShowsThatRedisIsAwayAndBackAndThatTheServerIs() throws Exception {
    browser.screen(1100, 800, "light");
    RunningRedis redis = RunningRedis.open("embedded");
    try (Telemetry telemetry = Telemetry.create();
        RedisClient client = telemetry.metered(LettuceClient.connect(redis.address()));
        RateLimiter limiter = RateLimiters.onRedis(client, "ratelab-test")) {
      CheckServer server = RunningServers.serving(
          POLICIES,
          limiter,
          OPTIONS.withHealth(telemetry.probing(() -> client.ping(Duration.ofMillis(250)))),
          telemetry);
      int port = server.port();
      try {
        browser.open(address(server));
        awaitText("backend", "Redis answers");

        redis.close();
        awaitText("backend", "Redis is away");
        browser.screenshot(KEPT.resolve("live-redis-away.png"));
        assertThat(text("backend-more")).startsWith("over lettuce, ");

        try (RunningRedis again = RunningRedis.embeddedOn(redis.address().port())) {
          assertThat(again.address().port()).isEqualTo(redis.address().port());
          awaitText("backend", "Redis answers");
          assertThat(browser.console()).isEmpty();
        }
      } finally {
        server.close();
      }
      await("document.getElementById('state').textContent.startsWith('not live')");
      try (Telemetry anew = Telemetry.create();
          CheckServer again =
              RunningServers.serving(POLICIES, limiter, OPTIONS.at("127.0.0.1", port), anew)) {
        awaitText("state", "live");
        assertThat(again.port()).isEqualTo(port);
      }
    }
  }
}
