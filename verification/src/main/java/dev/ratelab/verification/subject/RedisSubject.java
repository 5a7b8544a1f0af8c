package dev.ratelab.verification.subject;

import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.redis.RedisClient;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * The Redis limiter on a real server, over any client. Every history is played under names of its own, and its keys are removed afterwards,
 * so that somebody's Redis stays as it was.
 */
public final class RedisSubject implements Inspectable, LimiterSubject {
  private static final int CALLS = 1_000;

  /** With a clock of the caller's, the limiter has Redis keep a state for so much longer than it counts. */
  private static final long GRACE_MICROS = Duration.ofHours(1).toSeconds() * 1_000_000;

  private final RedisClient client;
  private final int underWay;
  private final String run = "verify" + HexFormat.of().toHexDigits(new SecureRandom().nextInt());
  private final AtomicLong histories = new AtomicLong();

  /** A subject over a client, which stays the caller's to close. */
  public RedisSubject(RedisClient client) {
    this(client, CALLS);
  }

  /** The same with at most so many requests under way, which one call may decide together. */
  public RedisSubject(RedisClient client, int underWay) {
    this.client = client;
    this.underWay = underWay;
  }

  @Override
  public String name() {
    return "redis over " + client.name();
  }

  @Override
  public List<RequestDecision> answer(List<ScheduledRequest> requests) {
    AtomicInteger asked = new AtomicInteger();
    try (RecordingClient recording = new RecordingClient(client, false)) {
      return play(
          requests,
          recording,
          1,
          (limiter, request) -> ask(limiter, request, asked.getAndIncrement()));
    }
  }

  @Override
  public List<RequestDecision> answerTogether(List<ScheduledRequest> requests) {
    try (RecordingClient recording = new RecordingClient(client, false)) {
      return play(requests, recording, underWay, RateLimiter::checkAsync);
    }
  }

  /** {@inheritDoc} Throws also if the server is older than Redis 7, which cannot say when a key expires. */
  @Override
  public List<Footprint> inspect(List<Step> steps) {
    try (RecordingClient recording = new RecordingClient(client, true)) {
      List<RequestDecision> answers =
          play(steps.stream().map(Step::scheduled).toList(), recording, 1, RateLimiter::checkAsync);
      List<RecordingClient.Sight> sights = recording.sights();
      return IntStream.range(0, steps.size())
          .mapToObj(i -> {
            long life = sights.get(i).look().lifeMicros();
            return new Footprint(
                answers.get(i).decision(),
                sights.get(i).changed(),
                life == 0 || life == Footprint.FOREVER ? life : life - GRACE_MICROS);
          })
          .toList();
    }
  }

  /** Under names of its own, so many in a call: one, to look at what each leaves behind. */
  private List<RequestDecision> play(
      List<ScheduledRequest> requests,
      RecordingClient recording,
      int together,
      BiFunction<RateLimiter, Request, CompletionStage<RequestDecision>> ask) {
    String prefix = run + "." + Long.toString(histories.incrementAndGet(), Character.MAX_RADIX);
    AtomicLong clock = new AtomicLong();
    Map<String, RateLimiter> limiters = new HashMap<>();
    List<RequestDecision> answers = new ArrayList<>(requests.size());
    for (int from = 0; from < requests.size(); from += together) {
      List<CompletionStage<RequestDecision>> asked = new ArrayList<>();
      for (ScheduledRequest next :
          requests.subList(from, Math.min(from + together, requests.size()))) {
        clock.set(next.at());
        RateLimiter limiter = limiters.computeIfAbsent(
            next.namespace(),
            name -> RateLimiters.onRedis(recording, prefix + "." + name, clock::get));
        asked.add(ask.apply(limiter, patient(next.request())));
      }
      asked.forEach(each -> answers.add(each.toCompletableFuture().join()));
    }
    if (answers.stream()
        .flatMap(answer -> answer.policies().stream())
        .anyMatch(each -> each.decision().decidedBy() != null)) {
      throw new IllegalStateException(name() + " left a request undecided", recording.failure());
    }
    return answers;
  }

  /** In each of the three ways that there are. */
  private static CompletionStage<RequestDecision> ask(
      RateLimiter limiter, Request request, int way) {
    return switch (way % 3) {
      case 0 -> CompletableFuture.completedFuture(limiter.check(request));
      case 1 -> limiter.checkAsync(request);
      default -> limiter.checkAll(List.of(request)).get(0);
    };
  }

  private static Request patient(Request request) {
    List<ScopedPolicy> patient = request.policies().stream()
        .map(each -> new ScopedPolicy(
            each.policy().withDeadline(RecordingClient.DEADLINE), each.scope(), each.shadow()))
        .toList();
    return new Request(request.tenant(), request.key(), request.cost(), patient);
  }
}
