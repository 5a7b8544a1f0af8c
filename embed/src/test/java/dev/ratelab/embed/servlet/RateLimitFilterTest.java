package dev.ratelab.embed.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.embed.RequestLimiter;
import dev.ratelab.embed.StubLimiter;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.server.check.CheckServer;
import dev.ratelab.server.http.ServerOptions;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RateLimitFilterTest {
  @TempDir
  private Path base;

  @Test
  void lessThanTheLimitPassesAndTheRestIsDenied() throws Exception {
    try (Container container = serving(filter(RateLimiters.inMemory(() -> 0, 10)))) {
      for (int i = 1; i >= 0; i--) {
        HttpResponse<String> passed = container.get("/", "alice");
        assertThat(passed.statusCode()).isEqualTo(200);
        assertThat(passed.body()).isEqualTo("hello");
        assertThat(passed.headers().firstValue("RateLimit-Policy")).hasValue("\"api\";q=2;w=60");
        assertThat(passed.headers().firstValue("RateLimit").orElseThrow())
            .startsWith("\"api\";r=%d;".formatted(i));
        assertThat(passed.headers().firstValue("Retry-After")).isEmpty();
      }
      HttpResponse<String> denied = container.get("/", "alice");
      assertThat(denied.statusCode()).isEqualTo(429);
      assertThat(denied.headers().firstValue("Retry-After")).hasValue("30");
      assertThat(denied.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("application/problem+json");
      assertThat(denied.body())
          .isEqualTo(
              "{\"type\":\"about:blank\",\"title\":\"Too Many Requests\",\"status\":429,\"detail\":\"over the limit; retry after 30 s\"}");
      assertThat(container.get("/", "bob").statusCode()).isEqualTo(200);
      assertThat(container.served()).as("what reached the application").isEqualTo(3);
    }
  }

  /** Whoever moves from the server to the filter sees the same fields. */
  @Test
  void itTellsWhatTheServerTells() throws Exception {
    List<Decision> decisions = List.of(
        Decision.allow(2, 1, 30_000_001),
        Decision.allow(2, 1, 30_000_000).delayedBy(1),
        Decision.deny(2, 0, 1, 60_000_000),
        Decision.undecided(2, FailurePolicy.FAIL_OPEN, FailureReason.DEADLINE),
        Decision.undecided(2, FailurePolicy.FAIL_CLOSED, FailureReason.DEADLINE));
    RateLimiter limiter = StubLimiter.deciding(
        key -> CompletableFuture.completedFuture(decisions.get(Integer.parseInt(key))));
    ServerOptions options = ServerOptions.defaults().at("127.0.0.1", 0).withDenyStatus(429);
    try (CheckServer server = CheckServer.start(
            PolicySet.of(ScopedPolicy.perKey(StubLimiter.POLICY)), limiter, options);
        Container container = serving(filter(limiter))) {
      URI check = URI.create("http://127.0.0.1:" + server.port() + "/check");
      for (int i = 0; i < decisions.size(); i++) {
        String body = "{\"key\":\"%d\"}".formatted(i);
        HttpResponse<String> theirs =
            Container.send(check, request -> request.POST(BodyPublishers.ofString(body)));
        HttpResponse<String> ours = container.get("/", String.valueOf(i));

        assertThat(ours.statusCode()).isEqualTo(theirs.statusCode());
        assertThat(limits(ours)).as(decisions.get(i).toString()).isEqualTo(limits(theirs));
      }
    }
  }

  @Test
  void whereTheBackendIsAwayTheFailurePolicyAnswers() throws Exception {
    try (Container container = serving(filter(StubLimiter.always(
        Decision.undecided(2, FailurePolicy.FAIL_CLOSED, FailureReason.DEADLINE))))) {
      HttpResponse<String> denied = container.get("/", "alice");
      assertThat(denied.statusCode()).isEqualTo(503);
      assertThat(denied.headers().firstValue("RateLimit")).isEmpty();
      assertThat(denied.headers().firstValue("Retry-After")).contains("1");
      assertThat(denied.headers().firstValue("Ratelab-Decided-By"))
          .contains("fail-closed;because=deadline");
      assertThat(denied.body()).contains("\"status\":503");
    }
    try (Container container = serving(filter(StubLimiter.always(
        Decision.undecided(2, FailurePolicy.FAIL_OPEN, FailureReason.DEADLINE))))) {
      assertThat(container.get("/", "alice").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aLimiterThatThrowsIsABackendThatFailed() throws Exception {
    RateLimiter broken = StubLimiter.deciding(key -> {
      throw new IllegalStateException("broken");
    });
    try (Container container = serving(filter(broken))) {
      assertThat(container.get("/", "alice").statusCode()).isEqualTo(503);
    }
  }

  @Test
  void aRequestWithoutAKeyIsNotLimited() throws Exception {
    try (Container container = serving(filter(StubLimiter.always(Decision.deny(2, 0, 1, 1))))) {
      HttpResponse<String> passed = container.get("/", null);
      assertThat(passed.statusCode()).isEqualTo(200);
      assertThat(passed.headers().firstValue("RateLimit-Policy")).isEmpty();
      assertThat(container.get("/", "alice").statusCode()).isEqualTo(429);
    }
  }

  @Test
  void aDelayIsHeldBack() throws Exception {
    Decision delayed = Decision.allow(2, 1, 0).delayedBy(200_000);
    try (Container container = serving(filter(StubLimiter.always(delayed)))) {
      long begin = System.nanoTime();
      assertThat(container.get("/", "alice").statusCode()).isEqualTo(200);
      assertThat(System.nanoTime() - begin)
          .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(200));
    }
  }

  @Test
  void severalPoliciesDecideTogetherAndFiltersAddUp() throws Exception {
    ScopedPolicy user = ScopedPolicy.perKey(StubLimiter.POLICY);
    ScopedPolicy total = ScopedPolicy.perTenant(
        Policy.of("total", Algorithm.GCRA, Limit.of(1, Duration.ofSeconds(10))));
    RequestLimiter<HttpServletRequest> both = RequestLimiter.of(
        RateLimiters.inMemory(() -> 0, 10),
        request -> new Request("acme", request.getHeader("User"), 1, List.of(user, total)));
    try (Container container =
        serving(new RateLimitFilter(both), filter(StubLimiter.always(Decision.allow(2, 1, 0))))) {
      assertThat(container.get("/", "alice").headers().allValues("RateLimit-Policy"))
          .containsExactly("\"api\";q=2;w=60, \"total\";q=1;w=10", "\"api\";q=2;w=60");
      HttpResponse<String> denied = container.get("/", "bob");
      assertThat(denied.statusCode()).isEqualTo(429);
      assertThat(denied.headers().firstValue("RateLimit").orElseThrow())
          .isEqualTo("\"api\";r=2;t=0, \"total\";r=0;t=10");
      assertThat(denied.headers().firstValue("Retry-After")).isEqualTo(Optional.of("10"));
    }
  }

  /** All fields that a limiter has set. */
  private static Map<String, List<String>> limits(HttpResponse<String> response) {
    Map<String, List<String>> limits = new TreeMap<>(response.headers().map());
    limits.keySet().removeIf(name -> !name.matches("(?i)rate.*|retry-after"));
    return limits;
  }

  private static Filter filter(RateLimiter limiter) {
    return new RateLimitFilter(limiter, StubLimiter.POLICY, request -> request.getHeader("User"));
  }

  private Container serving(Filter... filters) throws Exception {
    return Container.start(base, filters);
  }
}
