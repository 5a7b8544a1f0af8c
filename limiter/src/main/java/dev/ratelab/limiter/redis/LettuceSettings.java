package dev.ratelab.limiter.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SocketOptions.TcpUserTimeoutOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** How Lettuce is set up, where its defaults do not do. */
final class LettuceSettings {
  /** How long connecting may take, unless another time is said. */
  static final Duration CONNECT = Duration.ofSeconds(5);

  private static final Duration RECONNECT = Duration.ofMillis(200);
  private static final Duration SILENCE = Duration.ofSeconds(10);
  private static final int MAX_IN_FLIGHT = 1 << 16;

  /** How long calls may take the way round by a slot's old owner, or fail there where it does not know the new one. */
  static final Duration REFRESH = Duration.ofSeconds(1);

  private LettuceSettings() {}

  static RedisURI uri(RedisAddress address, Duration timeout) {
    RedisURI.Builder uri = RedisURI.builder()
        .withHost(address.host())
        .withPort(address.port())
        .withDatabase(address.database())
        .withSsl(address.tls())
        .withVerifyPeer(SslVerifyMode.FULL)
        .withTimeout(timeout);
    String password = address.password();
    String user = address.user();
    if (password != null && user != null) {
      uri.withAuthentication(user, password.toCharArray());
    } else if (password != null) {
      uri.withPassword(password.toCharArray());
    }
    return uri.build();
  }

  /**
   * Lettuce's defaults would queue calls while Redis is away and send those in flight once more after a reconnect: late, and
   * charged twice. They would also end every call after the time to connect, whatever its deadline. A peer that vanished
   * without a word is given up after {@link #SILENCE}, where the platform can; by default that takes a quarter of an hour.
   */
  static ClientOptions standalone(RedisAddress address, Duration connect) {
    ClientOptions.Builder options = ClientOptions.builder();
    if (address.tls()) {
      options.sslOptions(address.files().lettuce(CONNECT));
    }
    return options
        .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
        .replayFilter(command -> true)
        .requestQueueSize(MAX_IN_FLIGHT)
        .timeoutOptions(TimeoutOptions.create())
        .socketOptions(SocketOptions.builder()
            .connectTimeout(connect)
            .tcpUserTimeout(
                TcpUserTimeoutOptions.builder().enable().tcpUserTimeout(SILENCE).build())
            .build())
        .build();
  }

  static ClusterClientOptions cluster(RedisAddress address) {
    return ClusterClientOptions.builder(standalone(address, CONNECT))
        .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
            .enablePeriodicRefresh(Duration.ofSeconds(30))
            .adaptiveRefreshTriggersTimeout(REFRESH)
            .build())
        .build();
  }

  /** By default the pauses between attempts to connect again grow to half a minute, for which Redis would be back unnoticed. */
  static ClientResources resources(LettuceLines lines) {
    return ClientResources.builder()
        .nettyCustomizer(lines)
        .socketAddressResolver(new FirstListening())
        .reconnectDelay(Delay.exponential(Duration.ZERO, RECONNECT, 2, TimeUnit.MILLISECONDS))
        .build();
  }
}
