package dev.ratelab.verification.subject;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Policy;
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
  /** The requests under way at once. */
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
      return new History(steps, recording, CALLS).decisions();
    }
  }

  /** {@inheritDoc} Throws also if the server is older than Redis 7, which cannot say when a key expires. */
  @Override
  public List<Footprint> inspect(List<Step> steps) {
    try (RecordingClient recording = new RecordingClient(client, true)) {
      return new History(steps, recording, 1).footprints();
    }
  }

  @Override
  public List<RequestDecision> answer(List<ScheduledRequest> requests) {
    AtomicInteger asked = new AtomicInteger();
    return answer(
        requests, 1, (limiter, request) -> ask(limiter, request, asked.getAndIncrement()));
  }

  @Override
  public List<RequestDecision> answerTogether(List<ScheduledRequest> requests) {
    return answer(requests, CALLS, RateLimiter::checkAsync);
  }

  private List<RequestDecision> answer(
      List<ScheduledRequest> requests,
      int together,
      BiFunction<RateLimiter, Request, CompletionStage<RequestDecision>> ask) {
    AtomicLong clock = new AtomicLong();
    try (RecordingClient recording = new RecordingClient(client, false)) {
      RateLimiter limiter = RateLimiters.onRedis(recording, namespace("n"), clock::get);
      List<RequestDecision> answers = new ArrayList<>(requests.size());
      for (int from = 0; from < requests.size(); from += together) {
        List<CompletionStage<RequestDecision>> underWay = new ArrayList<>();
        for (ScheduledRequest next :
            requests.subList(from, Math.min(from + together, requests.size()))) {
          clock.set(next.at());
          underWay.add(ask.apply(limiter, patient(next.request())));
        }
        underWay.forEach(
            each -> answers.add(requireDecided(each.toCompletableFuture().join(), recording)));
      }
      return answers;
    }
  }

  private String namespace(String name) {
    return run + "." + Long.toString(histories.incrementAndGet(), Character.MAX_RADIX) + "." + name;
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

  private RequestDecision requireDecided(RequestDecision answer, RecordingClient recording) {
    if (answer.policies().stream().anyMatch(each -> each.decision().decidedBy() != null)) {
      throw new IllegalStateException(name() + " left a request undecided", recording.failure());
    }
    return answer;
  }

  /** The steps, played once. */
  private final class History {
    private final String prefix = namespace("");
    private final List<Step> steps;
    private final RecordingClient recording;
    private final AtomicLong clock = new AtomicLong();
    private final Map<String, RateLimiter> limiters = new HashMap<>();
    private final List<Decision> decisions;

    /** Plays the steps, many in a call, or to look at what each one leaves behind one after the other. */
    History(List<Step> steps, RecordingClient recording, int together) {
      this.steps = steps;
      this.recording = recording;
      List<Decision> all = new ArrayList<>(steps.size());
      for (int from = 0; from < steps.size(); from += together) {
        List<CompletableFuture<Decision>> answers =
            steps.subList(from, Math.min(from + together, steps.size())).stream()
                .map(this::send)
                .toList();
        answers.forEach(answer -> all.add(answer.join()));
      }
      decisions = all;
    }

    private CompletableFuture<Decision> send(Step step) {
      clock.set(step.at());
      Caller caller = step.caller();
      RateLimiter limiter = limiters.computeIfAbsent(
          prefix + caller.namespace(),
          namespace -> RateLimiters.onRedis(recording, namespace, clock::get));
      Policy policy = caller.policy().withDeadline(RecordingClient.DEADLINE);
      return limiter
          .checkAsync(Request.of(policy, caller.key(), step.cost()))
          .thenApply(RequestDecision::decision)
          .toCompletableFuture();
    }

    List<Decision> decisions() {
      if (decisions.stream().anyMatch(decision -> decision.decidedBy() != null)) {
        throw new IllegalStateException(name() + " left a request undecided", recording.failure());
      }
      return decisions;
    }

    List<Footprint> footprints() {
      List<Decision> all = decisions();
      List<RecordingClient.Sight> sights = recording.sights();
      return IntStream.range(0, steps.size())
          .mapToObj(i -> {
            long life = sights.get(i).look().lifeMicros();
            return new Footprint(
                all.get(i),
                sights.get(i).changed(),
                life == 0 || life == Footprint.FOREVER ? life : life - GRACE_MICROS);
          })
          .toList();
    }
  }
}
