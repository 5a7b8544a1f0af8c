package dev.ratelab.verification.outage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.redis.ForwardingClient;
import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisFailure;
import dev.ratelab.limiter.redis.Script;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What an outage is there to catch, planted: each fault is caught by the count that is named after it. */
class PlantedOutageFaultsTest {
  private static final int TRIES = 10;

  private static OutageTrial trial(Flaw flaw) {
    return OutageTrial.of(
        Algorithm.GCRA,
        address -> new Flawed(JedisClient.connect(address), flaw, ForkJoinPool.commonPool()));
  }

  private static OutageTrial sound() {
    return OutageTrial.of(Algorithm.GCRA, JedisClient::connect);
  }

  @Test
  void aClientThatTriesAgainChargesTwice() throws Exception {
    Flaw triesAgain = (client, script, keys, arguments, deadline) -> {
      try {
        return client.run(script, keys, arguments, deadline);
      } catch (RedisFailure e) {
        return client.run(script, keys, arguments, deadline);
      }
    };

    Outcome outcome = Outage.CUT.rehearse(trial(triesAgain));

    assertThat(outcome.doubleCharges()).isPositive();
    assertThat(outcome.broken()).anyMatch(line -> line.endsWith("charges beyond one a call"));
  }

  @Test
  void aLimiterThatFailsOpenAdmitsUnconfirmed() throws Exception {
    Outcome outcome = Outage.KILLED.rehearse(sound().onFailure(FailurePolicy.FAIL_OPEN));

    assertThat(outcome.unconfirmed()).isPositive();
    assertThat(outcome.broken()).anyMatch(line -> line.endsWith("Redis did not confirm"));
  }

  /** On its caller's thread: what it does elsewhere, the limiter does not wait for. */
  @Test
  void aClientThatWaitsLongerThanItMayIsLate() throws Exception {
    Flaw waits = (client, script, keys, arguments, deadline) ->
        client.run(script, keys, arguments, deadline.multipliedBy(3));
    OutageTrial trial = OutageTrial.of(
        Algorithm.GCRA, address -> new Flawed(JedisClient.connect(address), waits, Runnable::run));

    assertThat(Outage.STOPPED.rehearse(trial).late()).isPositive();
  }

  /** As a client would whose connection is out of step. */
  @Test
  void aClientThatGivesOneCallsAnswerToAnotherAdmitsTooMuch() throws Exception {
    AtomicReference<List<Long>> admitted = new AtomicReference<>(List.of());
    Flaw mixesUp = (client, script, keys, arguments, deadline) -> {
      try {
        List<Long> reply = client.run(script, keys, arguments, deadline);
        if (reply.get(0) == 1) {
          admitted.set(reply);
        }
        return reply;
      } catch (RedisFailure e) {
        return admitted.get();
      }
    };

    // It hides every failure, so only an outage that does not wait for one can be played.
    String words = "over its limit; the bound is 0";
    assertThat(broken(Outage.CUT, trial(mixesUp), words)).anyMatch(line -> line.contains(words));
  }

  @Test
  void aClientThatAnswersByItselfLeavesAdmissionsUncharged() throws Exception {
    AtomicLong calls = new AtomicLong();
    Flaw answers = (client, script, keys, arguments, deadline) -> calls.incrementAndGet() % 3 == 0
        ? List.of(1L, 9L, 0L, 1L, 0L)
        : client.run(script, keys, arguments, deadline);

    String words = "were not charged";
    assertThat(broken(Outage.SCRIPTS_FLUSHED, trial(answers), words))
        .anyMatch(line -> line.contains(words));
  }

  /** These faults show only where they meet a call of the right kind, so they are tried until they do, but not for ever. */
  private static List<String> broken(Outage outage, OutageTrial trial, String words)
      throws Exception {
    List<String> broken = new ArrayList<>();
    for (int i = 0; i < TRIES && broken.stream().noneMatch(line -> line.contains(words)); i++) {
      broken.addAll(outage.rehearse(trial).broken());
    }
    return broken;
  }

  private interface Flaw {
    List<Long> run(
        RedisClient client,
        Script script,
        List<byte[]> keys,
        List<byte[]> arguments,
        Duration deadline);
  }

  private static final class Flawed extends ForwardingClient {
    private final RedisClient client;
    private final Flaw flaw;
    private final Executor executor;

    Flawed(RedisClient client, Flaw flaw, Executor executor) {
      super(client);
      this.client = client;
      this.flaw = flaw;
      this.executor = executor;
    }

    @Override
    public String name() {
      return client.name() + " with a fault";
    }

    @Override
    public List<Long> run(
        Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
      return flaw.run(client, script, keys, arguments, deadline);
    }

    @Override
    public CompletionStage<List<Long>> runAsync(
        Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
      return CompletableFuture.supplyAsync(() -> run(script, keys, arguments, deadline), executor);
    }
  }
}
