package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.OnePolicy;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rule of docs/server.md: with it everything works, and with any command less something does not. */
class RedisAclTest {
  private static final String PASSWORD = "hunter2";
  private static final String KEY = "alice@example.org";
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final long WINDOW = Duration.ofHours(1).toNanos() / 1_000;

  @RegisterExtension
  private static final RedisFixture redis = RedisFixture.own();

  private final List<String> failures = new ArrayList<>();

  private static List<String> rule() throws IOException {
    Matcher line = Pattern.compile("^ACL SETUSER ratelab (.*)$", Pattern.MULTILINE)
        .matcher(Files.readString(Path.of("..", "docs", "server.md")));
    assertThat(line.find()).isTrue();
    return Arrays.stream(line.group(1).split(" "))
        .map(part -> part.equals(">PASSWORD") ? ">" + PASSWORD : part)
        .toList();
  }

  private static RedisAddress user(List<String> rule) {
    redis.call("FLUSHALL");
    redis.call("SCRIPT", "FLUSH");
    redis.call(
        "ACL", Stream.concat(Stream.of("SETUSER", "ratelab"), rule.stream()).toArray());
    return RedisAddress.parse(
        "redis://ratelab:%s@127.0.0.1:%d".formatted(PASSWORD, redis.address().port()));
  }

  /** All that a server does with Redis. What fails is noted. */
  private void everything(Library library, RedisAddress address) {
    try (RedisClient client = library.connect(address)) {
      attempt(() -> client.pingBlocking(LONG));
      attempt(() -> client.ping(LONG).toCompletableFuture().join());
      ManualTime time = new ManualTime(1_800_000_000_000_000L);
      List<ScopedPolicy> all = new ArrayList<>();
      for (Algorithm algorithm : Algorithm.values()) {
        Policy policy = Policy.of(algorithm.id(), algorithm, Limit.of(10, Duration.ofHours(1)))
            .withDeadline(LONG);
        all.add(ScopedPolicy.perKey(policy));
        OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(policy, client, "ratelab", time);
        decided(limiter.check(KEY, 4), true);
        decided(limiter.checkAsync(KEY, 4).join(), true);
        limiter
            .checkAll(List.of(limiter.request(KEY, 4), limiter.request("b", 1)))
            .forEach(decision -> decided(decision, null));
        time.advance(2 * WINDOW);
        decided(limiter.check(KEY, 4), true);
        if (algorithm == Algorithm.SLIDING_WINDOW_LOG) {
          LargeLog.store(redis, limiter.redisKey("long ago"), 600, time.micros() - 2 * WINDOW);
          decided(limiter.check("long ago", 4), true);
        }
      }
      // On the server's own clock, in windows whose boundaries lie 31 days apart.
      Policy month = Policy.of("month", Algorithm.FIXED_WINDOW, Limit.of(10, Duration.ofDays(31)));
      OnePolicy<RedisRateLimiter> own =
          OnePolicy.onRedis(month.withDeadline(LONG), client, "ratelab");
      decided(own.check(KEY, 1), true);
      decided(own.check(KEY, 1), true);
      RedisRateLimiter joint = RedisRateLimiter.of(client, "ratelab", time);
      for (int i = 0; i < 4; i++) {
        boolean fits = i % 2 == 0;
        Request request = new Request("acme", KEY, fits ? 6 : 5, all);
        RequestDecision decision = i < 2
            ? joint.check(request)
            : joint.checkAsync(request).toCompletableFuture().join();
        decision.policies().forEach(each -> decided(each.decision(), null));
        if (failures.isEmpty()) {
          assertThat(decision.allowed()).as("%s", decision).isEqualTo(fits);
        }
        time.advance(fits ? 0 : 3 * WINDOW);
      }
      StoredPolicies stored = StoredPolicies.of(client, "ratelab", LONG);
      attempt(() -> {
        assertThat(stored.replace(null, "a")).isTrue();
        assertThat(stored.replace(stored.version(), "b")).isTrue();
        assertThat(Objects.requireNonNull(stored.read()).document()).isEqualTo("b");
      });
    } catch (RedisFailure e) {
      failures.add(e.getMessage());
    }
  }

  private void attempt(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      failures.add(e.getMessage());
    }
  }

  private void decided(Decision decision, Boolean allowed) {
    if (decision.decidedBy() != null) {
      assertThat(decision.allowed()).as("fails closed").isFalse();
      failures.add("decided by " + decision.decidedBy());
    } else if (allowed != null) {
      assertThat(decision.allowed()).isEqualTo(allowed);
    }
  }

  @ParameterizedTest
  @EnumSource
  void withTheRuleEverythingWorksAndWithAnyCommandLessNot(Library library) throws Exception {
    List<String> rule = rule();
    everything(library, user(rule));
    assertThat(failures).isEmpty();

    List<String> commands = rule.stream().filter(part -> part.startsWith("+")).toList();
    assertThat(commands).hasSizeGreaterThan(10);
    for (String command : commands) {
      failures.clear();
      List<String> less = new ArrayList<>(rule);
      less.remove(command);

      everything(library, user(less));

      assertThat(failures).as("without " + command).isNotEmpty();
      assertThat(failures).as("without " + command).noneMatch(text -> text.contains(PASSWORD));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsRefusedIsToldInPlainWordsWithoutKeyOrPassword(Library library) throws Exception {
    List<String> rule = new ArrayList<>(rule());
    rule.remove("+get");
    try (RedisClient client = library.connect(user(rule))) {
      Script script = Script.of("probe", "return {redis.call('GET', KEYS[1]) and 1 or 0}");
      for (String key : List.of("ratelab:" + KEY, "other:" + KEY)) {
        attempt(() ->
            client.run(script, List.of(key.getBytes(StandardCharsets.UTF_8)), List.of(), LONG));
      }
    }
    rule.remove("+info");
    everything(library, user(rule));

    assertThat(failures)
        .hasSize(3)
        .allSatisfy(text -> assertThat(text)
            .contains("the Redis user has too few rights (NOPERM): ")
            .hasLineCount(1)
            .doesNotContain(PASSWORD, KEY));
  }
}
