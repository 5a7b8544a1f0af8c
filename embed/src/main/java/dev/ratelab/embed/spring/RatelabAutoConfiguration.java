package dev.ratelab.embed.spring;

import dev.ratelab.embed.RequestKey;
import dev.ratelab.embed.servlet.RateLimitFilter;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.failure.GuardedRateLimiter;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;

/**
 * Puts a {@link RateLimitFilter} before a servlet application, where {@code ratelab.limit} is set. A {@link RateLimiter} bean of the
 * application replaces the limiter, a {@code RequestKey<HttpServletRequest>} bean the key, which is the client's address otherwise.
 */
@AutoConfiguration
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnProperty("ratelab.limit")
@EnableConfigurationProperties(RatelabProperties.class)
public class RatelabAutoConfiguration {
  /** The connection to Redis, where one is configured. */
  @Bean(destroyMethod = "close")
  @ConditionalOnProperty("ratelab.redis")
  @ConditionalOnMissingBean({RateLimiter.class, RedisClient.class})
  RedisClient ratelabRedis(RatelabProperties properties) {
    return LettuceClient.connect(RedisAddress.parse(String.valueOf(properties.redis())));
  }

  /** On Redis where there is a connection, otherwise in memory. */
  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  RateLimiter ratelabLimiter(RatelabProperties properties, ObjectProvider<RedisClient> redis) {
    boolean leased = properties.toPolicy().lease() != null;
    RedisClient connected = redis.getIfAvailable();
    if (connected == null) {
      if (leased) {
        throw new IllegalArgumentException(
            "a lease is borrowed from Redis, and ratelab.redis is not set; accepted: both or no lease");
      }
      return RateLimiters.inMemory();
    }
    GuardedRateLimiter guarded =
        RateLimiters.guarded(connected, properties.namespace(), Guard.defaults());
    return leased ? RateLimiters.leased(guarded, TimeSource.monotonic()) : guarded;
  }

  /** The client's address, as the container knows it. */
  @Bean
  @ConditionalOnMissingBean
  RequestKey<HttpServletRequest> ratelabKey() {
    return HttpServletRequest::getRemoteAddr;
  }

  @Bean
  @ConditionalOnMissingBean(name = "ratelabFilter")
  FilterRegistrationBean<RateLimitFilter> ratelabFilter(
      RatelabProperties properties, RateLimiter limiter, RequestKey<HttpServletRequest> key) {
    FilterRegistrationBean<RateLimitFilter> filter =
        new FilterRegistrationBean<>(new RateLimitFilter(limiter, properties.toPolicy(), key));
    filter.setUrlPatterns(properties.urlPatterns());
    filter.setOrder(properties.order());
    return filter;
  }
}
