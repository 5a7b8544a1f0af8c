package dev.ratelab.limiter.redis;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client of a Redis that was away when it was asked for. It tries to connect again and again; until it has, every call fails at once,
 * with the reason of the last attempt. A Redis that comes and refuses is told in the log, once, and tried again: somebody may mend it.
 */
public final class LateRedisClient implements RedisClient {
  private static final Logger LOG = LoggerFactory.getLogger(LateRedisClient.class);
  private static final Duration PAUSE = Duration.ofMillis(250);

  private final String name;
  private final Supplier<? extends RedisClient> connect;
  private final Thread connector;
  private volatile RedisFailure away;
  private volatile @Nullable RedisClient client;
  private volatile boolean closed;

  private LateRedisClient(String name, Supplier<? extends RedisClient> connect, RedisFailure away) {
    this.name = name;
    this.connect = connect;
    this.away = away;
    connector = new Thread(this::connect, "ratelab-redis-connect");
    connector.setDaemon(true);
  }

  /**
   * Connects, now or later.
   *
   * @param name the client's, see {@link RedisClient#name}
   * @param connect connects once, or throws a {@link RedisFailure}
   * @return what {@code connect} returns, or while Redis is away a client that goes on trying
   * @throws RedisFailure if Redis is there and cannot be used as it is: a login, a certificate, a database's number or its version is wrong,
   *     or it is a Sentinel
   */
  public static RedisClient connect(String name, Supplier<? extends RedisClient> connect) {
    try {
      return connect.get();
    } catch (RedisFailure e) {
      if (RedisErrorText.lasts(e)) {
        throw e;
      }
      LateRedisClient late = new LateRedisClient(name, connect, e);
      late.connector.start();
      return late;
    }
  }

  private void connect() {
    boolean told = false;
    // Not until it is interrupted: who connects may keep that to itself.
    while (!closed) {
      try {
        TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
        connected(connect.get());
        return;
      } catch (RedisFailure e) {
        away = e;
        if (!told && RedisErrorText.lasts(e)) {
          told = true;
          LOG.atWarn()
              .setMessage("Redis refuses")
              .addKeyValue("event", "redis_refused")
              .addKeyValue("client", name)
              .addKeyValue("reason", e.getMessage())
              .log();
        }
      } catch (RuntimeException e) {
        away = new RedisFailure("Redis cannot be connected to: " + e.getMessage(), e);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private synchronized void connected(RedisClient made) {
    if (closed) {
      made.close();
    } else {
      client = made;
    }
  }

  private RedisClient connected() {
    RedisClient made = client;
    if (made == null) {
      throw away;
    }
    return made;
  }

  private <T> CompletionStage<T> async(Supplier<CompletionStage<T>> call) {
    return client == null ? CompletableFuture.failedFuture(away) : call.get();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean clustered() {
    return client == null || connected().clustered();
  }

  @Override
  public boolean pipelines() {
    return client == null || connected().pipelines();
  }

  @Override
  public List<Long> run(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return connected().run(script, keys, arguments, deadline);
  }

  @Override
  public List<byte[]> runForStrings(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return connected().runForStrings(script, keys, arguments, deadline);
  }

  @Override
  public CompletionStage<List<Long>> runAsync(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return async(() -> connected().runAsync(script, keys, arguments, deadline));
  }

  @Override
  public CompletionStage<?> ping(Duration deadline) {
    return async(() -> connected().ping(deadline).thenApply(reply -> true));
  }

  @Override
  public void pingBlocking(Duration deadline) {
    connected().pingBlocking(deadline);
  }

  @Override
  public synchronized void close() {
    closed = true;
    connector.interrupt();
    if (client != null) {
      client.close();
    }
  }
}
