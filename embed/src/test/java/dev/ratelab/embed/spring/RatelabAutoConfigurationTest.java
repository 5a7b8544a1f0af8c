package dev.ratelab.embed.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.embed.RequestKey;
import dev.ratelab.embed.StubLimiter;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.failure.GuardedRateLimiter;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.StandardEnvironment;

class RatelabAutoConfigurationTest {
  private static final AutoConfigurations OURS =
      AutoConfigurations.of(RatelabAutoConfiguration.class);

  private final WebApplicationContextRunner runner = new WebApplicationContextRunner()
      .withInitializer(RatelabAutoConfigurationTest::withoutVariables)
      .withConfiguration(OURS);

  /** RATELAB_REDIS says what Redis tests start, and to Spring it is the property ratelab.redis. */
  private static void withoutVariables(ConfigurableApplicationContext context) {
    context
        .getEnvironment()
        .getPropertySources()
        .remove(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
  }

  @Test
  void withoutALimitNothingIsLimited() {
    runner.run(context -> assertThat(context)
        .hasNotFailed()
        .doesNotHaveBean(RateLimiter.class)
        .doesNotHaveBean(FilterRegistrationBean.class));
  }

  @Test
  void anApplicationThatServesNoHttpIsNotLimited() {
    new ApplicationContextRunner()
        .withInitializer(RatelabAutoConfigurationTest::withoutVariables)
        .withConfiguration(OURS)
        .withPropertyValues("ratelab.limit=5")
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(RateLimiter.class));
  }

  @Test
  void aLimitIsEnoughAndIsKeptInMemory() {
    runner.withPropertyValues("ratelab.limit=5").run(context -> {
      assertThat(context).hasNotFailed().doesNotHaveBean(RedisClient.class);
      assertThat(context.getBean(RateLimiter.class)).isInstanceOf(MemoryRateLimiter.class);
      assertThat(context.getBean(RatelabProperties.class).toPolicy())
          .isEqualTo(Policy.of("default", Algorithm.GCRA, Limit.of(5, Duration.ofSeconds(1))));
      FilterRegistrationBean<?> filter = context.getBean(FilterRegistrationBean.class);
      assertThat(filter.getUrlPatterns()).containsExactly("/*");
      assertThat(filter.getOrder()).isEqualTo(-101);
    });
  }

  @Test
  void everyPropertyIsHeeded() {
    RateLimiter own = StubLimiter.always(Decision.allow(1, 1, 1));
    runner
        .withBean(RateLimiter.class, () -> own)
        .withPropertyValues(
            "ratelab.limit=5",
            "ratelab.window=10m",
            "ratelab.burst=3",
            "ratelab.algorithm=token-bucket",
            "ratelab.policy=logins",
            "ratelab.on-failure=fail-open",
            "ratelab.deadline=20ms",
            "ratelab.lease-permits=2",
            "ratelab.lease-for=1m",
            "ratelab.url-patterns=/login,/api/*",
            "ratelab.order=7")
        .run(context -> {
          assertThat(context.getBean(RatelabProperties.class).toPolicy())
              .isEqualTo(new Policy(
                  "logins",
                  Algorithm.TOKEN_BUCKET,
                  Limit.of(5, Duration.ofMinutes(10)).withBurst(3),
                  FailurePolicy.FAIL_OPEN,
                  Duration.ofMillis(20),
                  Lease.of(2, Duration.ofMinutes(1))));
          FilterRegistrationBean<?> filter = context.getBean(FilterRegistrationBean.class);
          assertThat(filter.getUrlPatterns()).containsExactly("/login", "/api/*");
          assertThat(filter.getOrder()).isEqualTo(7);
        });
  }

  @Test
  void thePageShowsWhatIsUnderstood() throws IOException {
    String page = Files.readString(Path.of("../docs/embedding.md"));
    Matcher block = Pattern.compile("```properties\\n(.*?)```", Pattern.DOTALL).matcher(page);
    assertThat(block.find()).isTrue();
    String[] shown = block.group(1).lines().toArray(String[]::new);
    RateLimiter own = StubLimiter.always(Decision.allow(1, 1, 1));
    // In place of a Redis at that address.
    runner.withBean(RateLimiter.class, () -> own).withPropertyValues(shown).run(context -> {
      RatelabProperties read = context.getBean(RatelabProperties.class);
      assertThat(read.toPolicy())
          .isEqualTo(Policy.of(
                  "default",
                  Algorithm.GCRA,
                  Limit.of(100, Duration.ofSeconds(1)).withBurst(20))
              .onFailure(FailurePolicy.FAIL_OPEN));
      assertThat(read.redis()).isEqualTo("redis://localhost:6379");
      assertThat(read.urlPatterns()).containsExactly("/api/*");
    });
    for (RecordComponent property : RatelabProperties.class.getRecordComponents()) {
      String name = property.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
      assertThat(page).containsPattern("(ratelab\\.|`)%s[`=]".formatted(name));
    }
  }

  @Test
  void whatCannotBeIsSaidWhenTheApplicationStarts() {
    runner
        .withPropertyValues("ratelab.limit=0")
        .run(context -> assertThat(context)
            .getFailure()
            .hasRootCauseMessage("permits is 0; accepted: 1 to 1000000000"));
    runner
        .withPropertyValues("ratelab.limit=5", "ratelab.lease-permits=2")
        .run(
            context -> assertThat(context)
                .getFailure()
                .hasRootCauseMessage(
                    "a lease has permits and a time; accepted: ratelab.lease-permits and ratelab.lease-for"));
    runner
        .withPropertyValues("ratelab.limit=5", "ratelab.lease-permits=2", "ratelab.lease-for=1s")
        .run(
            context -> assertThat(context)
                .getFailure()
                .hasRootCauseMessage(
                    "a lease is borrowed from Redis, and ratelab.redis is not set; accepted: both or no lease"));
    runner
        .withPropertyValues("ratelab.limit=5", "ratelab.redis=localhost:6379")
        .run(context -> assertThat(context)
            .getFailure()
            .rootCause()
            .hasMessageStartingWith("the Redis URL does not begin with redis://"));
  }

  @Test
  void theApplicationsOwnLimiterAndKeyAreTaken() {
    RateLimiter own = StubLimiter.always(Decision.allow(1, 1, 1));
    runner
        .withPropertyValues("ratelab.limit=5", "ratelab.redis=redis://127.0.0.1:1")
        .withBean("own", RateLimiter.class, () -> own)
        .withUserConfiguration(ByUser.class)
        .run(context -> {
          assertThat(context).hasNotFailed().doesNotHaveBean(RedisClient.class);
          assertThat(context.getBean(RateLimiter.class)).isSameAs(own);
          assertThat(context).hasSingleBean(RequestKey.class).hasBean("byUser");
        });
  }

  @Test
  void instancesOnOneRedisCountTogetherAndCloseTheirConnections() {
    try (RunningRedis redis = RunningRedis.forTests()) {
      String namespace = "test-" + UUID.randomUUID();
      WebApplicationContextRunner onRedis = runner.withPropertyValues(
          "ratelab.limit=3",
          "ratelab.window=10m",
          "ratelab.deadline=1m",
          "ratelab.namespace=" + namespace,
          "ratelab.redis=" + redis.address());
      onRedis.run(one -> onRedis.run(other -> {
        Policy policy = one.getBean(RatelabProperties.class).toPolicy();
        RateLimiter limiter = one.getBean(RateLimiter.class);
        assertThat(limiter).isInstanceOf(GuardedRateLimiter.class);
        assertThat(limiter.check(Request.of(policy, "alice", 2)).allowed()).isTrue();
        RequestDecision last =
            other.getBean(RateLimiter.class).check(Request.of(policy, "alice", 1));
        assertThat(last.decision().remaining()).isZero();
      }));
    }
  }

  @Test
  void anApplicationIsLimited() throws Exception {
    try (ConfigurableApplicationContext application = new SpringApplicationBuilder(
            Application.class)
        .initializers(RatelabAutoConfigurationTest::withoutVariables)
        .properties(
            "server.port=0",
            "spring.main.banner-mode=off",
            "ratelab.limit=2",
            "ratelab.window=1h",
            "ratelab.url-patterns=/limited/*")
        .run()) {
      String port = String.valueOf(application.getEnvironment().getProperty("local.server.port"));

      assertThat(List.of(get(port, "/limited/a"), get(port, "/limited/b"), get(port, "/limited/a")))
          .extracting(HttpResponse::statusCode)
          .containsExactly(200, 200, 429);
      assertThat(get(port, "/other").headers().firstValue("RateLimit")).isEmpty();
      assertThat(get(port, "/limited/a").headers().firstValue("RateLimit-Policy"))
          .hasValue("\"default\";q=2;w=3600");
    }
  }

  private static HttpResponse<String> get(String port, String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  @Configuration(proxyBeanMethods = false)
  static class ByUser {
    @Bean
    RequestKey<HttpServletRequest> byUser() {
      return HttpServletRequest::getRemoteUser;
    }
  }

  /** Finds our configuration as applications do: by the file that lists it. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    @Bean
    ServletRegistrationBean<HttpServlet> hello() {
      return new ServletRegistrationBean<>(
          new HttpServlet() {
            private static final long serialVersionUID = 1L;

            @Override
            protected void doGet(HttpServletRequest request, HttpServletResponse response)
                throws IOException {
              response.getWriter().print("hello");
            }
          },
          "/*");
    }
  }
}
