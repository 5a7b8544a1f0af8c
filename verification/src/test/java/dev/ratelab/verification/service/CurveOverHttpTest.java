package dev.ratelab.verification.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.redis.ForwardingClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.server.check.CheckServer;
import dev.ratelab.server.http.ServerOptions;
import dev.ratelab.verification.TestRedis;
import dev.ratelab.verification.fault.Mutation;
import dev.ratelab.verification.generate.Scenarios;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Scenario;
import dev.ratelab.verification.property.Violation;
import dev.ratelab.verification.subject.Step;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.sessions.JqwikSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Attacks on the arrival curve of a server, from outside: what a client may see of it and no more. Only the clock is ours. The time limit
 * only ends a hang.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CurveOverHttpTest {
  /** Of each property, for each algorithm. */
  private static final int ATTACKS = 7;

  /** So that it stands for all seeds: the faults below are found with it. */
  private static final long SEED = 42;

  private final HttpClient http = HttpClient.newHttpClient();

  /** A server waits for a last call of whoever is connected, which is no reason to wait before the next history. */
  private final ExecutorService closing = Executors.newCachedThreadPool();

  @AfterEach
  void close() throws InterruptedException {
    closing.shutdown();
    assertThat(closing.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void noAttackPassesTheCurveAndTheBestReachIt(Algorithm algorithm) {
    attack(algorithm, new Served(TestRedis.lettuce()));
    attack(algorithm, new Served(TestRedis.jedis()));
  }

  @Test
  void aServerThatAdmitsOneTooManyIsCaught() {
    Served faulty = new Served(planted("permits - used - cost", "permits + 1 - used - cost"));

    assertThatExceptionOfType(Violation.class)
        .isThrownBy(() -> attack(Algorithm.FIXED_WINDOW, faulty));
  }

  @Test
  void aServerThatIsTooStrictIsCaught() {
    Served faulty = new Served(planted("permits - used - cost", "permits - 1 - used - cost"));

    assertThatExceptionOfType(Violation.class)
        .isThrownBy(() -> attack(Algorithm.FIXED_WINDOW, faulty));
  }

  private static RedisClient planted(String original, String fault) {
    Script script = Script.of(Algorithm.FIXED_WINDOW);
    return new ForwardingClient(TestRedis.lettuce(), new Mutation(script, original, fault));
  }

  private static void attack(Algorithm algorithm, VerifiedSubject served) {
    JqwikSession.run(() -> {
      for (Property property : List.of(Property.BOUND, Property.TIGHTNESS)) {
        RandomGenerator<Scenario> scenarios = Scenarios.of(property, algorithm).generator(ATTACKS);
        Random random = new Random(SEED);
        for (int i = 0; i < ATTACKS; i++) {
          property.check(served, scenarios.next(random).value());
        }
      }
    });
  }

  /** A server for each history, on a clock that shows each step's instant. */
  private final class Served implements VerifiedSubject {
    private final RedisClient client;

    Served(RedisClient client) {
      this.client = client;
    }

    @Override
    public String name() {
      return "http over " + client.name();
    }

    @Override
    public List<Decision> decide(List<Step> steps) {
      AtomicLong clock = new AtomicLong();
      Policy policy = steps.get(0).caller().policy().withDeadline(Duration.ofMinutes(1));
      RateLimiter limiter = RateLimiters.onRedis(client, "curve", clock::get);
      String key = UUID.randomUUID().toString();
      ServerOptions options = ServerOptions.defaults().at("127.0.0.1", 0).withGrace(Duration.ZERO);
      try {
        CheckServer server =
            CheckServer.start(PolicySet.of(ScopedPolicy.perKey(policy)), limiter, options);
        try {
          return ask(server, clock, key, steps);
        } finally {
          closing.execute(server::close);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }

    private List<Decision> ask(CheckServer server, AtomicLong clock, String key, List<Step> steps)
        throws IOException, InterruptedException {
      URI check = URI.create("http://127.0.0.1:" + server.port() + "/check");
      List<Decision> decisions = new ArrayList<>();
      for (Step step : steps) {
        clock.set(step.at());
        decisions.add(ask(check, key, step.cost()));
      }
      return decisions;
    }

    private Decision ask(URI check, String key, long cost)
        throws IOException, InterruptedException {
      String body = "{\"key\": \"" + key + "\", \"cost\": " + cost + "}";
      HttpResponse<String> response = http.send(
          HttpRequest.newBuilder(check).POST(BodyPublishers.ofString(body)).build(),
          BodyHandlers.ofString());
      JsonNode answer = JsonMapper.shared().readTree(response.body());
      if (!answer.has("remaining")) {
        throw new IllegalStateException(name() + " left a request undecided: " + answer);
      }
      return new Decision(
          answer.get("allowed").booleanValue(),
          answer.get("limit").longValue(),
          answer.get("remaining").longValue(),
          micros(answer, "retryAfter"),
          micros(answer, "resetAfter"),
          micros(answer, "delay"),
          null,
          null);
    }

    private static long micros(JsonNode answer, String field) {
      return answer.has(field)
          ? new BigDecimal(answer.get(field).asString()).movePointRight(6).longValueExact()
          : 0;
    }
  }
}
