package dev.ratelab.verification.subject;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisRateLimiter;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The Redis limiter on a real server, over any client. Every history is played under names of its own, as many calls at
 * once as the client carries, and its keys are removed afterwards, so that somebody's Redis stays as it was.
 */
public final class RedisSubject implements Inspectable {
  /** The calls under way at once: fewer than what either client queues. */
  private static final int CALLS = 1_000;

  /** With a clock of the caller's, the limiter has Redis keep a state for so much longer than it counts. */
  private static final long GRACE_MICROS = Duration.ofHours(1).toSeconds() * 1_000_000;

  private final RedisClient client;
  private final String run = "verify" + HexFormat.of().toHexDigits(new SecureRandom().nextInt());
  private final AtomicLong histories = new AtomicLong();

  /** A subject over a client, which stays the caller's to close. */
  public RedisSubject(RedisClient client) {
    this.client = client;
  }

  @Override
  public String name() {
    return "redis over " + client.name();
  }

  @Override
  public List<Decision> decide(List<Step> steps) {
    try (RecordingClient recording = new RecordingClient(client, false)) {
      return play(steps, recording);
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException also if the server is older than Redis 7, which cannot say when a key expires
   */
  @Override
  public List<Footprint> inspect(List<Step> steps) {
    try (RecordingClient recording = new RecordingClient(client, true)) {
      return footprints(play(steps, recording), recording.sights());
    }
  }

  private static List<Footprint> footprints(
      List<Decision> decisions, List<RecordingClient.Sight> sights) {
    List<Footprint> footprints = new ArrayList<>(decisions.size());
    for (int i = 0; i < decisions.size(); i++) {
      long life = sights.get(i).look().lifeMicros();
      footprints.add(new Footprint(
          decisions.get(i),
          sights.get(i).changed(),
          life == 0 || life == Footprint.FOREVER ? life : life - GRACE_MICROS));
    }
    return footprints;
  }

  private List<Decision> play(List<Step> steps, RecordingClient recording) {
    String prefix = run + "." + Long.toString(histories.incrementAndGet(), 36) + ".";
    AtomicLong clock = new AtomicLong();
    Map<Caller, RateLimiter> limiters = new HashMap<>();
    Set<Algorithm> known = EnumSet.noneOf(Algorithm.class);
    List<CompletableFuture<Decision>> answers = new ArrayList<>(steps.size());
    for (Step step : steps) {
      clock.set(step.at());
      Caller caller = step.caller();
      // One limiter for all keys of a policy, as an application has it.
      RateLimiter limiter = limiters.computeIfAbsent(
          new Caller(prefix + caller.namespace(), caller.policy(), ""),
          shared -> RedisRateLimiter.of(
              shared.policy().withDeadline(RecordingClient.DEADLINE),
              recording,
              shared.namespace(),
              clock::get));
      // A server that does not know the script yet answers out of order: the first call teaches it.
      answers.add(
          known.add(caller.policy().algorithm())
              ? CompletableFuture.completedFuture(limiter.check(caller.key(), step.cost()))
              : limiter.checkAsync(caller.key(), step.cost()).toCompletableFuture());
      if (answers.size() % CALLS == 0) {
        answers.subList(answers.size() - CALLS, answers.size()).forEach(CompletableFuture::join);
      }
    }
    List<Decision> decisions = answers.stream().map(CompletableFuture::join).toList();
    if (decisions.stream().anyMatch(decision -> decision.decidedBy() != null)) {
      throw new IllegalStateException(name() + " left a request undecided", recording.failure());
    }
    return decisions;
  }
}
