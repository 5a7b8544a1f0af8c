package dev.ratelab.server.check;

import static dev.ratelab.server.RunningServers.OPTIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.failure.GuardedRateLimiter;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.server.Exposition;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.RunningServers;
import dev.ratelab.server.ScriptedLimiter;
import dev.ratelab.server.telemetry.Telemetry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** GET /metrics, held against checks made over HTTP. */
class MetricsTest {
  private static final Policy POLICY =
      Policy.of("api.v1", Algorithm.GCRA, Limit.of(10, Duration.ofHours(1)));

  @RegisterExtension
  private final RunningServers servers = new RunningServers();

  private final Telemetry telemetry = servers.telemetry();
  private int port;

  private void start(RateLimiter limiter) throws IOException {
    start(POLICY, limiter);
  }

  private void start(Policy policy, RateLimiter limiter) throws IOException {
    port = servers
        .server(PolicySet.of(ScopedPolicy.perKey(policy)), limiter, OPTIONS)
        .port();
  }

  private Response ask(String request) throws IOException {
    return RawClient.ask(port, request);
  }

  private void check(String key, int times) throws IOException {
    try (RawClient client = new RawClient(port)) {
      for (int i = 0; i < times; i++) {
        assertThat(client.send(RawClient.check(key)).read().status()).isIn(200, 503);
      }
    }
  }

  private Exposition scrape() throws IOException {
    Response response = ask(RawClient.get("/metrics"));
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.headers())
        .containsEntry("content-type", "text/plain; version=0.0.4; charset=utf-8");
    return Exposition.parse(response.body());
  }

  private static String checks(String policy, String algorithm, String outcome) {
    return "ratelab_checks_total{algorithm=\"%s\",outcome=\"%s\",policy=\"%s\"}"
        .formatted(algorithm, outcome, policy);
  }

  @Test
  void everyCheckIsCountedByWhatBecameOfIt() throws Exception {
    start(RateLimiters.inMemory());

    check("a", 13);
    assertThat(ask(RawClient.post("{\"key\":\"a\",\"cost\":11}", "")).status()).isEqualTo(422);
    assertThat(ask(RawClient.post("{\"key\":1}", "")).status()).isEqualTo(400);
    assertThat(ask(RawClient.get("/nowhere")).status()).isEqualTo(404);
    assertThat(ask(RawClient.get("/check")).status()).isEqualTo(405);
    assertThat(ask("NONSENSE\r\n\r\n").status()).isEqualTo(400);

    Exposition metrics = scrape();
    assertThat(metrics.value(checks("api.v1", "gcra", "allowed"))).isEqualTo(10);
    assertThat(metrics.value(checks("api.v1", "gcra", "denied"))).isEqualTo(3);
    assertThat(metrics.value(checks("api.v1", "gcra", "failed_open"))).isZero();
    assertThat(metrics.value(checks("api.v1", "gcra", "failed_closed"))).isZero();
    assertThat(metrics.value(checks("none", "none", "rejected"))).isEqualTo(2);
    assertThat(metrics.samples().keySet().stream()
            .filter(sample -> sample.startsWith("ratelab_checks_total")))
        .hasSize(9);
    assertThat(Map.of(
            "400", metrics.value("ratelab_http_rejections_total{status=\"400\"}"),
            "404", metrics.value("ratelab_http_rejections_total{status=\"404\"}"),
            "405", metrics.value("ratelab_http_rejections_total{status=\"405\"}"),
            "422", metrics.value("ratelab_http_rejections_total{status=\"422\"}")))
        .containsOnly(
            Map.entry("400", 2.0),
            Map.entry("404", 1.0),
            Map.entry("405", 1.0),
            Map.entry("422", 1.0));
  }

  @ParameterizedTest
  @EnumSource
  void answersOfTheFailurePolicyAreCountedByThemselves(FailurePolicy failurePolicy)
      throws Exception {
    start(ScriptedLimiter.always(Decision.undecided(10, failurePolicy, FailureReason.SHED)));

    check("a", 4);

    Exposition metrics = scrape();
    boolean open = failurePolicy == FailurePolicy.FAIL_OPEN;
    assertThat(metrics.value(checks("api.v1", "gcra", "failed_open"))).isEqualTo(open ? 4 : 0);
    assertThat(metrics.value(checks("api.v1", "gcra", "failed_closed"))).isEqualTo(open ? 0 : 4);
    assertThat(metrics.value(checks("api.v1", "gcra", "denied"))).isZero();
    assertThat(metrics.value(
            "ratelab_failures_total{algorithm=\"gcra\",because=\"shed\",decided_by=\"%s\",policy=\"api.v1\"}"
                .formatted(open ? "fail_open" : "fail_closed")))
        .isEqualTo(4);
    assertThat(metrics.samples().entrySet().stream()
            .filter(sample -> sample.getKey().startsWith("ratelab_failures_total"))
            .mapToDouble(Map.Entry::getValue)
            .sum())
        .isEqualTo(4);
  }

  /** Against its contract, but then it must be seen all the more. */
  @Test
  void aLimiterThatThrowsIsCountedAsItIsAnswered() throws Exception {
    IllegalStateException bug = new IllegalStateException("planted by the test");
    start(ScriptedLimiter.deciding((key, cost) -> {
      if (key.equals("now")) {
        throw bug;
      }
      return CompletableFuture.failedFuture(bug);
    }));

    check("now", 1);
    check("later", 2);

    Exposition metrics = scrape();
    assertThat(metrics.value(checks("api.v1", "gcra", "failed_closed"))).isEqualTo(3);
    assertThat(metrics.value("ratelab_decisions_in_flight")).isZero();
  }

  @Test
  void aDecisionIsInFlightUntilItIsMade() throws Exception {
    ScriptedLimiter.Pending pending = new ScriptedLimiter.Pending();
    start(pending.limiter());
    try (RawClient one = new RawClient(port);
        RawClient other = new RawClient(port)) {
      one.send(RawClient.check("one"));
      other.send(RawClient.check("other"));
      pending.awaitAsked("one");
      pending.awaitAsked("other");
      assertThat(scrape().value("ratelab_decisions_in_flight")).isEqualTo(2);
      assertThat(scrape().value("ratelab_http_connections")).isGreaterThanOrEqualTo(3);

      pending.decide("one", 3);
      one.read();
      assertThat(scrape().value("ratelab_decisions_in_flight")).isEqualTo(1);
      pending.decide("other", 3);
      other.read();
    }
    Exposition metrics = scrape();
    assertThat(metrics.value("ratelab_decisions_in_flight")).isZero();
    assertThat(metrics.value(checks("api.v1", "gcra", "allowed"))).isEqualTo(2);
  }

  @Test
  void latencyIsACumulativeHistogramInSeconds() throws Exception {
    start(RateLimiters.inMemory());
    check("a", 25);

    Exposition metrics = scrape();

    String name = "ratelab_decision_duration_seconds";
    String labels = "algorithm=\"gcra\",policy=\"api.v1\"";
    assertThat(metrics.types()).containsEntry(name, "histogram");
    TreeMap<Double, Double> buckets = new TreeMap<>();
    Pattern bucket = Pattern.compile(Pattern.quote(name + "_bucket{" + labels) + ",le=\"(.*)\"}");
    metrics.samples().forEach((sample, value) -> {
      Matcher matcher = bucket.matcher(sample);
      if (matcher.matches()) {
        buckets.put(
            matcher.group(1).equals("+Inf")
                ? Double.POSITIVE_INFINITY
                : Double.parseDouble(matcher.group(1)),
            value);
      }
    });
    assertThat(buckets).hasSize(15).containsKeys(0.00005, 0.25, 1.0);
    assertThat(new ArrayList<>(buckets.values())).isSorted();
    assertThat(buckets.get(Double.POSITIVE_INFINITY)).isEqualTo(25);
    assertThat(metrics.value(name + "_count{" + labels + "}")).isEqualTo(25);
    double sum = metrics.value(name + "_sum{" + labels + "}");
    // Each within its bucket, so the sum is within theirs.
    double least = 0;
    double before = 0;
    double edge = 0;
    for (Map.Entry<Double, Double> each : buckets.entrySet()) {
      least += (each.getValue() - before) * edge;
      before = each.getValue();
      edge = each.getKey();
    }
    assertThat(sum).isPositive().isGreaterThanOrEqualTo(least);
  }

  /** However many keys there are, and whatever they are called. */
  @Test
  void keysAreInNoLabel() throws Exception {
    start(RateLimiters.inMemory());
    check("hush-hush", 11);
    Set<String> before = scrape().samples().keySet().stream()
        .filter(sample -> sample.startsWith("ratelab_"))
        .collect(Collectors.toCollection(TreeSet::new));

    for (int i = 0; i < 50; i++) {
      check("hush-hush-" + i, 1);
    }

    Response response = ask(RawClient.get("/metrics"));
    assertThat(response.body()).doesNotContain("hush");
    assertThat(Exposition.parse(response.body()).samples().keySet().stream()
            .filter(sample -> sample.startsWith("ratelab_")))
        .containsExactlyInAnyOrderElementsOf(before);
  }

  @Test
  void theStoreInMemoryTellsWhatItHoldsAndDrops() throws Exception {
    MemoryRateLimiter store = RateLimiters.inMemory(TimeSource.monotonic(), 4);
    telemetry.observe(store);
    start(store);
    for (int i = 0; i < 10; i++) {
      check("key" + i, 1);
    }

    Exposition metrics = scrape();

    assertThat(metrics.value("ratelab_store_counters")).isEqualTo(4);
    assertThat(metrics.value("ratelab_store_evictions_total")).isEqualTo(6);
    assertThat(metrics.value("ratelab_store_lost_live_counters_total")).isEqualTo(6);
  }

  /** docs/server.md lists the metrics: all there are with every backend, and no others. */
  @Test
  void theTableInTheDocumentationIsTheExposition() throws Exception {
    try (RunningRedis redis = RunningRedis.forTests();
        RedisClient client = telemetry.metered(LettuceClient.connect(redis.address()))) {
      telemetry.observe(RateLimiters.inMemory());
      GuardedRateLimiter guarded = RateLimiters.guarded(client, "ratelab-test", Guard.defaults());
      telemetry.observe(guarded);
      telemetry.observe(RateLimiters.leased(guarded, TimeSource.monotonic()));
      start(RateLimiters.inMemory());
      start(
          Policy.of("other", Algorithm.GCRA, POLICY.limit()),
          RateLimiters.onRedis(client, "ratelab-test"));
      check("a", 1);
      assertThat(ask(RawClient.get("/nowhere")).status()).isEqualTo(404);

      Exposition metrics = scrape();

      Map<String, String> told = new TreeMap<>();
      for (String line : Files.readAllLines(Path.of("..", "docs", "server.md"))) {
        String[] cells = line.split("\\|", -1);
        if (cells.length == 6 && cells[1].contains("`ratelab_")) {
          told.put(cells[1].replace("`", "").strip(), labels(cells[3]) + " " + cells[2].strip());
        }
      }
      Map<String, String> real = new TreeMap<>();
      metrics.types().forEach((name, type) -> {
        if (name.startsWith("ratelab_")) {
          real.put(name, labelsOf(metrics, name) + " " + type);
        }
      });
      assertThat(told).isEqualTo(real);
      assertThat(real).hasSizeGreaterThan(10);
      assertThat(metrics.types())
          .as("and those of the process")
          .containsKeys("jvm_memory_used_bytes", "process_cpu_usage", "process_uptime_seconds");
    }
  }

  private static Set<String> labels(String cell) {
    Set<String> labels = new TreeSet<>();
    Matcher matcher = Pattern.compile("`(\\w+)`").matcher(cell);
    while (matcher.find()) {
      labels.add(matcher.group(1));
    }
    return labels;
  }

  private static Set<String> labelsOf(Exposition metrics, String name) {
    Set<String> labels = new TreeSet<>();
    for (String sample : metrics.samples().keySet()) {
      if (sample.matches(name + "(_bucket|_sum|_count)?(\\{.*)?")) {
        Matcher matcher = Pattern.compile("(\\w+)=\"").matcher(sample);
        while (matcher.find()) {
          labels.add(matcher.group(1));
        }
      }
    }
    labels.remove("le");
    return labels;
  }
}
