package dev.ratelab.embed;

import dev.ratelab.embed.client.Check;
import dev.ratelab.embed.client.CheckAnswer;
import dev.ratelab.embed.client.CheckClient;
import dev.ratelab.embed.netty.Incoming;
import dev.ratelab.embed.netty.RateLimitHandler;
import dev.ratelab.embed.servlet.RateLimitFilter;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.failure.GuardedRateLimiter;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.HttpServerCodec;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.springframework.context.annotation.Bean;

/** What docs/embedding.md shows, between the markers. */
final class EmbeddingExamples {
  private EmbeddingExamples() {}

  static boolean library(String user) {
    // example: library
    Policy api =
        Policy.of("api", Algorithm.GCRA, Limit.of(100, Duration.ofSeconds(1)).withBurst(20));
    RateLimiter limiter = RateLimiters.inMemory();

    Decision decision = limiter.check(Request.of(api, user, 1)).decision();
    // end
    return decision.allowed();
  }

  static boolean primitive(MemoryRateLimiter memory, Policy api, String user) {
    // example: primitive
    ScopedPolicy perUser = ScopedPolicy.perKey(api);
    Hashed hashed = memory.hashed(user); // once, where a user asks often
    long answer = memory.tryAcquire(perUser, hashed, 1);
    boolean allowed = answer >= 0;
    // end
    return allowed;
  }

  static boolean redis(Policy api, String user) {
    // example: redis
    try (RedisClient redis = LettuceClient.connect(RedisAddress.parse("redis://localhost:6379"));
        RateLimiter limiter = RateLimiters.guarded(redis, "my-app", Guard.defaults())) {
      Policy open = api.onFailure(FailurePolicy.FAIL_OPEN);
      return limiter.check(Request.of(open, user, 1)).allowed();
    }
    // end
  }

  static boolean lease(RedisClient redis, Policy api, String user) {
    // example: lease
    Policy leased = api.withLease(Lease.of(20, Duration.ofMillis(100)));
    GuardedRateLimiter guarded = RateLimiters.guarded(redis, "my-app", Guard.defaults());
    RateLimiter limiter = RateLimiters.leased(guarded, TimeSource.monotonic());

    Decision decision = limiter.check(Request.of(leased, user, 1)).decision();
    // end
    return decision.allowed();
  }

  static boolean client() {
    // example: client
    CheckClient limits = CheckClient.of(URI.create("http://127.0.0.1:8080"))
        .withTimeout(Duration.ofMillis(300))
        .onFailure(FailurePolicy.FAIL_OPEN);

    CheckAnswer answer =
        limits.check(Check.of("user123").withCost(5).onBehalfOf("acme").by("api"));
    if (!answer.allowed()) {
      throw new IllegalStateException("retry after " + answer.decision().retryAfter());
    }
    // end
    return answer.allowed();
  }

  static void servlet(ServletContext context, RateLimiter limiter, Policy api) {
    // example: servlet
    Filter filter = new RateLimitFilter(limiter, api, HttpServletRequest::getRemoteAddr);
    context
        .addFilter("rate-limit", filter)
        .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/api/*");
    // end
  }

  static Filter several(RedisClient redis, ScopedPolicy perUser, ScopedPolicy perTenant) {
    // example: several
    RateLimiter limiter = RateLimiters.guarded(redis, "my-app", Guard.defaults());
    RequestLimiter<HttpServletRequest> requests = RequestLimiter.of(
        limiter,
        request -> request.getRemoteUser() == null
            ? null
            : new Request(
                request.getHeader("Tenant"),
                request.getRemoteUser(),
                request.getMethod().equals("POST") ? 5 : 1,
                List.of(perUser, perTenant)));
    Filter filter = new RateLimitFilter(requests);
    // end
    return filter;
  }

  static ChannelHandler netty(RateLimiter limiter, Policy api, ChannelHandler application) {
    // example: netty
    RequestLimiter<Incoming> requests =
        RequestLimiter.of(limiter, api, incoming -> incoming.http().headers().get("X-Api-Key"));
    ChannelHandler channels = new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel
            .pipeline()
            .addLast(new HttpServerCodec())
            .addLast(new RateLimitHandler(requests))
            .addLast(application);
      }
    };
    // end
    return channels;
  }

  static final class Spring {
    // example: spring
    @Bean
    RequestKey<HttpServletRequest> byUser() {
      return HttpServletRequest::getRemoteUser;
    }
    // end
  }
}
