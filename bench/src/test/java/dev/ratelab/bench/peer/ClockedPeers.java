package dev.ratelab.bench.peer;

import com.google.common.util.concurrent.ClockedGuava;
import dev.failsafe.RateLimiterBuilder;
import dev.failsafe.internal.ClockedFailsafe;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.verification.conform.tested.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.gateway.filter.ratelimit.RedisRateLimiter;

/** Peers on a clock of the scenario's, also where their public interface takes none. */
@SuppressWarnings("UnstableApiUsage")
final class ClockedPeers {
  private static final Script GATEWAY = Script.of("spring-cloud-gateway", gateway());

  private ClockedPeers() {}

  /** One that takes a clock. */
  static PeerSubject of(String name, String backend, String client, @Nullable String redis) {
    Peer peer = Peers.find(name, backend, client).orElseThrow();
    boolean windows = peer.algorithm().equals("fixed-window");
    return new PeerSubject(peer.toString(), peer.opening(), redis, windows);
  }

  static PeerSubject guava() {
    return new PeerSubject(
        "guava",
        setting -> perKey(
            () -> ClockedGuava.create(
                (double) setting.limit().permits() * 1_000_000 / setting.limit().windowMicros(),
                clock(setting)::micros),
            (limiter, cost) -> limiter.tryAcquire(cost)),
        null,
        false);
  }

  static PeerSubject failsafeBursty() {
    return failsafe(
        "failsafe-bursty",
        limit -> dev.failsafe.RateLimiter.burstyBuilder(limit.permits(), limit.window()));
  }

  static PeerSubject failsafeSmooth() {
    return failsafe(
        "failsafe-smooth",
        limit -> dev.failsafe.RateLimiter.smoothBuilder(limit.window().dividedBy(limit.permits())));
  }

  private static PeerSubject failsafe(
      String name, Function<Limit, RateLimiterBuilder<Object>> builder) {
    return new PeerSubject(
        name,
        setting -> perKey(
            () -> ClockedFailsafe.build(builder.apply(setting.limit()), clock(setting)::micros),
            (limiter, cost) -> limiter.tryAcquirePermits(cost)),
        null,
        true);
  }

  /**
   * The script of Spring Cloud Gateway, given the time.
   *
   * @param unitMicros how many microseconds of a scenario are a second of the script's
   */
  static PeerSubject gateway(String redis, long unitMicros) {
    return new PeerSubject(
        "the script of spring-cloud-gateway",
        setting -> {
          RedisClient client = JedisClient.connect(RedisAddress.parse(redis));
          Limit limit = setting.limit();
          // N permits in W units are N tokens a unit, of which a request of cost 1 takes W.
          long rate = limit.permits() * unitMicros;
          long each = limit.windowMicros();
          return new PeerLimiter() {
            @Override
            public boolean tryAcquire(String key) {
              return asked(key, 1).allowed();
            }

            @Override
            public CompletionStage<Answer> ask(String key, long cost) {
              return CompletableFuture.completedFuture(asked(key, cost));
            }

            private Answer asked(String key, long cost) {
              List<byte[]> keys = Stream.of(".tokens", ".timestamp")
                  .map(end -> bytes(setting.namespace() + ":{" + key + "}" + end))
                  .toList();
              List<Long> reply = client.run(
                  GATEWAY,
                  keys,
                  Stream.of(
                          rate,
                          limit.burst() * each,
                          clock(setting).micros() / unitMicros,
                          cost * each)
                      .map(number -> bytes(number.toString()))
                      .toList(),
                  setting.deadline());
              return new Answer(reply.get(0) == 1, reply.get(1) / each, null, null);
            }

            @Override
            public void close() {
              client.close();
            }
          };
        },
        redis,
        false);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String gateway() {
    try (InputStream script = Objects.requireNonNull(
        RedisRateLimiter.class.getResourceAsStream("/META-INF/scripts/request_rate_limiter.lua"))) {
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TimeSource clock(Peer.Setting setting) {
    return Objects.requireNonNull(setting.clock());
  }

  private static <L> PeerLimiter perKey(Supplier<L> fresh, BiPredicate<L, Integer> acquire) {
    Map<String, L> limiters = new HashMap<>();
    return new PeerLimiter() {
      @Override
      public boolean tryAcquire(String key) {
        return asked(key, 1);
      }

      @Override
      public CompletionStage<Answer> ask(String key, long cost) {
        return CompletableFuture.completedFuture(Answer.of(asked(key, cost)));
      }

      private boolean asked(String key, long cost) {
        return acquire.test(
            limiters.computeIfAbsent(key, absent -> fresh.get()), Math.toIntExact(cost));
      }
    };
  }
}
