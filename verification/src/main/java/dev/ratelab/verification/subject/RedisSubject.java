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
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The Redis limiter on a real server, over any client. Every history is played under names of its own, as many calls at
 * once as the client carries, and its keys are removed afterwards, so that somebody's Redis stays as it was.
 */
public final class RedisSubject implements Inspectable, LimiterSubject {
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
      return new History(steps, recording).decisions();
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
      return new History(steps, recording).footprints();
    }
  }

  @Override
  public List<RequestDecision> answer(List<ScheduledRequest> requests) {
    AtomicLong clock = new AtomicLong();
    try (RecordingClient recording = new RecordingClient(client, false)) {
      RateLimiter limiter = RateLimiters.onRedis(recording, namespace("n"), clock::get);
      List<RequestDecision> answers = new ArrayList<>(requests.size());
      for (ScheduledRequest next : requests) {
        clock.set(next.at());
        RequestDecision answer = ask(limiter, patient(next.request()), answers.size());
        answers.add(requireDecided(answer, recording));
      }
      return answers;
    }
  }

  private String namespace(String name) {
    return run + "." + Long.toString(histories.incrementAndGet(), Character.MAX_RADIX) + "." + name;
  }

  /** In each of the three ways that there are. */
  private static RequestDecision ask(RateLimiter limiter, Request request, int way) {
    return switch (way % 3) {
      case 0 -> limiter.check(request);
      case 1 -> limiter.checkAsync(request).toCompletableFuture().join();
      default -> limiter.checkAll(List.of(request)).get(0).toCompletableFuture().join();
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
    private final List<Integer> callOrder = new ArrayList<>();
    private final Decision[] decisions;

    /**
     * Plays the steps, each caller's first one ahead of all others: a server that does not know the script yet answers out of
     * order, so one call on each key teaches the key's node. Only a caller's own order matters; each step brings its clock.
     */
    History(List<Step> steps, RecordingClient recording) {
      this.steps = steps;
      this.recording = recording;
      decisions = new Decision[steps.size()];
      Set<Caller> callers = new HashSet<>();
      Map<Boolean, List<Integer>> isFirst = IntStream.range(0, steps.size())
          .boxed()
          .collect(Collectors.partitioningBy(i -> callers.add(steps.get(i).caller())));
      play(isFirst.getOrDefault(true, List.of()));
      play(isFirst.getOrDefault(false, List.of()));
    }

    private void play(List<Integer> numbers) {
      for (int from = 0; from < numbers.size(); from += CALLS) {
        List<Integer> together = numbers.subList(from, Math.min(from + CALLS, numbers.size()));
        List<CompletableFuture<Decision>> answers =
            together.stream().map(number -> send(steps.get(number))).toList();
        for (int i = 0; i < answers.size(); i++) {
          decisions[together.get(i)] = answers.get(i).join();
        }
      }
      callOrder.addAll(numbers);
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
      List<Decision> all = List.of(decisions);
      if (all.stream().anyMatch(decision -> decision.decidedBy() != null)) {
        throw new IllegalStateException(name() + " left a request undecided", recording.failure());
      }
      return all;
    }

    List<Footprint> footprints() {
      List<Decision> all = decisions();
      List<RecordingClient.Sight> sights = recording.sights();
      Footprint[] footprints = new Footprint[steps.size()];
      for (int call = 0; call < sights.size(); call++) {
        int number = callOrder.get(call);
        long life = sights.get(call).look().lifeMicros();
        footprints[number] = new Footprint(
            all.get(number),
            sights.get(call).changed(),
            life == 0 || life == Footprint.FOREVER ? life : life - GRACE_MICROS);
      }
      return List.of(footprints);
    }
  }
}
