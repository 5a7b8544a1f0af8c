package dev.ratelab.bench.peer;

import dev.ratelab.bench.Subject;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.oracle.OracleRule;
import java.math.BigInteger;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.springframework.cloud.gateway.filter.ratelimit.RateLimiter;
import org.springframework.cloud.gateway.filter.ratelimit.RedisRateLimiter;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.connection.RedisPassword;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import reactor.core.publisher.Mono;

/**
 * The RedisRateLimiter of Spring Cloud Gateway with the script of its own jar, over Lettuce, without the gateway and without
 * Boot.
 */
final class SpringCloudGatewayPeer implements PeerLimiter {
  static final Peer PEER = new Peer(
      "spring-cloud-gateway",
      Subject.REDIS,
      "lettuce",
      "token-bucket",
      Set.of(),
      RedisRateLimiter.class,
      SpringCloudGatewayPeer::new,
      new PeerBound(SpringCloudGatewayPeer::rule, TimeUnit.SECONDS.toMicros(1)),
      new Peer.Terms(
          "at most B + N·(t + 1 s)/W in every t: a bucket of B tokens, full at first, by the server's clock in whole seconds, so that a second's tokens come at once",
          "the rate is one of whole tokens a second and tokens a request, the nearest fraction to N/W; a burst worth less than a second is raised to that, because its configuration refuses less",
          "a boolean and the remaining tokens; admitted with -1 remaining if Redis failed: it fails open",
          "two Redis keys for each route and key",
          "twice the time to fill the bucket, in whole seconds",
          "one script by EVALSHA: 1 round trip"));

  private static final String ROUTE_SEPARATOR = ":";
  private static final String UNDECIDED = "-1";

  private final GenericApplicationContext context = new GenericApplicationContext();
  private final LettuceConnectionFactory connections;
  private final RedisRateLimiter limiter;
  private final String route;
  private final int tokensEach;

  private SpringCloudGatewayPeer(Peer.Setting setting) {
    route = setting.namespace() + ROUTE_SEPARATOR;
    RedisAddress address = RedisAddress.parse(setting.redis());
    LettuceClientConfiguration.LettuceClientConfigurationBuilder client =
        LettuceClientConfiguration.builder().commandTimeout(setting.deadline());
    if (address.tls()) {
      client.useSsl();
    }
    connections = new LettuceConnectionFactory(standalone(address), client.build());
    connections.afterPropertiesSet();
    connections.start();
    context.registerBean(
        ReactiveStringRedisTemplate.class, () -> new ReactiveStringRedisTemplate(connections));
    context.registerBean(
        RedisRateLimiter.REDIS_SCRIPT_NAME, RedisScript.class, SpringCloudGatewayPeer::script);
    context.refresh();
    RedisRateLimiter.Config config = config(setting.limit());
    limiter = new RedisRateLimiter(
        config.getReplenishRate(), config.getBurstCapacity(), config.getRequestedTokens());
    limiter.setApplicationContext(context);
    tokensEach = config.getRequestedTokens();
  }

  private static RedisScript<?> script() {
    return RedisScript.of(
        new ClassPathResource(
            "META-INF/scripts/request_rate_limiter.lua", RedisRateLimiter.class.getClassLoader()),
        List.class);
  }

  private static RedisStandaloneConfiguration standalone(RedisAddress address) {
    RedisStandaloneConfiguration configuration =
        new RedisStandaloneConfiguration(address.host(), address.port());
    configuration.setDatabase(address.database());
    if (address.user() != null) {
      configuration.setUsername(address.user());
    }
    if (address.password() != null) {
      configuration.setPassword(RedisPassword.of(address.password()));
    }
    return configuration;
  }

  private static OracleRule rule(Limit limit) {
    RedisRateLimiter.Config config = config(limit);
    return new OracleRule(
        limit.permits(),
        limit.windowMicros(),
        -Math.floorDiv(-config.getBurstCapacity(), config.getRequestedTokens()));
  }

  /** N permits in W seconds is N tokens a second, each request taking W of them; both divided by what they share. */
  static RedisRateLimiter.Config config(Limit limit) {
    BigInteger rate = BigInteger.valueOf(limit.permits())
        .multiply(BigInteger.valueOf(TimeUnit.SECONDS.toMicros(1)));
    BigInteger cost = BigInteger.valueOf(limit.windowMicros());
    BigInteger common = rate.gcd(cost);
    rate = rate.divide(common);
    cost = cost.divide(common);
    // Both are ints there. What is cut off is less than a 2^-30th of each.
    int excess = Math.max(0, Math.max(rate.bitLength(), cost.bitLength()) - 31);
    int tokens = rate.shiftRight(excess).max(BigInteger.ONE).intValueExact();
    int each = cost.shiftRight(excess).max(BigInteger.ONE).intValueExact();
    long capacity = Math.max(limit.burst() * each, tokens);
    return new RedisRateLimiter.Config()
        .setReplenishRate(tokens)
        .setRequestedTokens(each)
        .setBurstCapacity(capacity);
  }

  @Override
  public boolean tryAcquire(String key) {
    return Boolean.TRUE.equals(ask(key).block());
  }

  @Override
  public CompletionStage<Boolean> tryAcquireAsync(String key) {
    // An empty answer is no admission, as in the blocking call.
    return ask(key).toFuture().thenApply(Boolean.TRUE::equals);
  }

  @Override
  public CompletionStage<Answer> ask(String key, long cost) {
    return response(key).toFuture().thenApply(response -> {
      if (response == null) {
        throw new IllegalStateException("Spring Cloud Gateway gave an empty answer");
      }
      return new Answer(
          response.isAllowed(),
          Long.parseLong(response.getHeaders().get(RedisRateLimiter.REMAINING_HEADER)) / tokensEach,
          null,
          null);
    });
  }

  private Mono<Boolean> ask(String key) {
    return response(key).map(RateLimiter.Response::isAllowed);
  }

  private Mono<RateLimiter.Response> response(String key) {
    return limiter.isAllowed(route, key).doOnNext(response -> {
      if (UNDECIDED.equals(response.getHeaders().get(RedisRateLimiter.REMAINING_HEADER))) {
        throw new IllegalStateException(
            "Redis did not decide, and Spring Cloud Gateway fails open");
      }
    });
  }

  @Override
  public void close() {
    context.close();
    connections.destroy();
  }
}
