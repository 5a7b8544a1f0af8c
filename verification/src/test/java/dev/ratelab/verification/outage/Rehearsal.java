package dev.ratelab.verification.outage;

import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisRateLimiter;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** How a Redis of our own is broken under load, and what came of it counted. */
interface Rehearsal {
  /** What has to be seen before a script goes on: more than one wait of each thread. */
  int FEW = 24;

  /** So many answers that each hot key has had many more calls than its limit. */
  int MANY = 600;

  List<String> HOT = IntStream.range(0, 12).mapToObj(i -> "hot-" + i).toList();

  Outcome rehearse(Outage outage, OutageTrial trial) throws IOException, InterruptedException;

  /** What is done to a server under load; says whether states may be lost by it, and notes which hot ones were. */
  interface Script {
    boolean play(Scene scene) throws IOException, InterruptedException;
  }

  record Scene(
      Server server,
      Load load,
      OutageTrial trial,
      RedisRateLimiter limiter,
      Map<String, Long> losses) {
    Admin admin() {
      return server.admin();
    }

    void loseAll() {
      HOT.forEach(key -> losses.put(key, 1L));
    }
  }

  interface NetworkScript {
    void play(FaultProxy proxy, Load load) throws InterruptedException;
  }

  interface LoadScript {
    boolean play(RedisRateLimiter limiter, Load load) throws IOException, InterruptedException;
  }

  static Rehearsal onServer(Script script) {
    return onServer(UnaryOperator.identity(), server -> {}, script);
  }

  static Rehearsal onServer(
      UnaryOperator<RedisClient> wrapped, Consumer<Admin> before, Script script) {
    return (outage, trial) -> {
      Map<String, Long> losses = new HashMap<>();
      try (Server server = Server.start()) {
        before.accept(server.admin());
        return underLoad(outage, trial, wrapped, server.address(), losses, (limiter, load) -> {
          boolean forgets = script.play(new Scene(server, load, trial, limiter, losses));
          load.awaitDecided(MANY);
          return forgets;
        });
      }
    };
  }

  static Rehearsal behindProxy(NetworkScript script) {
    return (outage, trial) -> {
      try (Server server = Server.start();
          FaultProxy proxy = FaultProxy.before(server.address())) {
        return underLoad(outage, trial, proxy.address(), Map.of(), (limiter, load) -> {
          script.play(proxy, load);
          proxy.heal();
          load.awaitDecided(MANY);
          return false;
        });
      }
    };
  }

  static Outcome underLoad(
      Outage outage,
      OutageTrial trial,
      RedisAddress address,
      Map<String, Long> losses,
      LoadScript script)
      throws IOException, InterruptedException {
    return underLoad(outage, trial, UnaryOperator.identity(), address, losses, script);
  }

  private static Outcome underLoad(
      Outage outage,
      OutageTrial trial,
      UnaryOperator<RedisClient> wrapped,
      RedisAddress address,
      Map<String, Long> losses,
      LoadScript script)
      throws IOException, InterruptedException {
    List<Call> calls;
    String name;
    boolean forgets;
    try (RedisClient client = wrapped.apply(trial.client(address))) {
      name = client.name();
      RedisRateLimiter limiter = trial.limiter(client);
      Load load = Load.start(trial, trial.asked(limiter), HOT);
      try (load) {
        load.awaitCalls(MANY);
        forgets = script.play(limiter, load);
      }
      calls = load.calls();
    }
    try (RedisClient reader = wrapped.apply(LettuceClient.connect(address))) {
      return Outcome.of(outage, trial, name, calls, losses, forgets, reader);
    }
  }

  /** The names in Redis of the hot keys. */
  static Map<String, byte[]> redisKeys(OutageTrial trial, RedisRateLimiter limiter) {
    return HOT.stream().collect(Collectors.toMap(key -> key, key -> trial.redisKey(limiter, key)));
  }
}
