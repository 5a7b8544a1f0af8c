package dev.ratelab.limiter.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/** Which node of a cluster owns which slot, learnt from the nodes. Thread-safe. */
final class JedisSlots {
  /** As long as each node is asked for the slots: one that is silent must not keep them from being learnt of the next. */
  private static final Duration ASK = Duration.ofSeconds(1);

  private final JedisConnections connections;
  private final HostAndPort seed;
  private final AtomicReferenceArray<@Nullable HostAndPort> owners =
      new AtomicReferenceArray<>(1 << 14);
  private final AtomicBoolean refreshing = new AtomicBoolean();
  private final ExecutorService background = JedisClient.stripe("ratelab-jedis-slots");

  /** Knows the seed only, which is asked for what is not known. */
  JedisSlots(JedisConnections connections, HostAndPort seed) {
    this.connections = connections;
    this.seed = seed;
  }

  HostAndPort owner(int slot) {
    HostAndPort known = owners.get(slot);
    return known == null ? seed : known;
  }

  void setOwner(int slot, HostAndPort owner) {
    owners.set(slot, owner);
  }

  void close() {
    background.shutdownNow();
  }

  /** Learns the slots from any node; from one that was no help only where no other answers. */
  void refresh(HostAndPort last) {
    if (!connections.areToCluster() || !refreshing.compareAndSet(false, true)) {
      return;
    }
    try {
      background.execute(() -> {
        try {
          learnFromAnyNode(last);
        } catch (RuntimeException e) {
          // Nobody waits for it; the next failed call asks again.
        } finally {
          refreshing.set(false);
        }
      });
    } catch (RejectedExecutionException e) {
      refreshing.set(false);
    }
  }

  private void learnFromAnyNode(HostAndPort last) {
    List<HostAndPort> nodes = new ArrayList<>(connections.nodes());
    nodes.sort(Comparator.comparing(last::equals));
    for (HostAndPort node : nodes) {
      try {
        learn(node, System.nanoTime() + ASK.toNanos());
        return;
      } catch (JedisException | RedisFailure e) {
        // The next node may know.
      }
    }
  }

  /** CLUSTER SLOTS answers with [first, last, [host, port, …], …] for each range. */
  void learn(HostAndPort node, long end) {
    List<?> ranges =
        (List<?>) connections.on(node, end, new CommandArguments(Command.CLUSTER).add("SLOTS"));
    Set<HostAndPort> named = new HashSet<>(Set.of(seed));
    int known = 0;
    for (Object range : ranges) {
      List<?> parts = (List<?>) range;
      HostAndPort owner = target(parts.get(2), node);
      for (int slot = ((Long) parts.get(0)).intValue(); slot <= (Long) parts.get(1); slot++) {
        owners.set(slot, owner);
        known++;
      }
      // All of them, replicas too, so that there is somebody to ask when some have died.
      parts.subList(2, parts.size()).forEach(each -> named.add(target(each, node)));
    }
    named.forEach(connections::know);
    // One that has left its cluster knows of no others.
    if (known == owners.length()) {
      connections.nodes().stream()
          .filter(each -> !named.contains(each))
          .forEach(connections::forget);
    }
  }

  private static HostAndPort target(Object hostAndPort, HostAndPort teller) {
    List<?> parts = (List<?>) hostAndPort;
    Object host = parts.get(0);
    return target(host == null ? "" : Reply.text(host), ((Long) parts.get(1)).intValue(), teller);
  }

  /** A node that does not know its own address leaves the host out: it is the one that was asked. */
  static HostAndPort target(String host, int port, HostAndPort teller) {
    return new HostAndPort(host.isEmpty() ? teller.getHost() : host, port);
  }
}
