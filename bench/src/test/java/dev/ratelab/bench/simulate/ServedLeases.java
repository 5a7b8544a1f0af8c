package dev.ratelab.bench.simulate;

import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

/** The limiters that `serve` puts before Redis, in virtual time: a message takes the network's fixed delay, and none is lost. */
final class ServedLeases {
  /** So many that none is forgotten, though some algorithms take the room of several. */
  private static final int COUNTERS = 1 << 20;

  private record Event(long at, long number, Runnable what) {}

  private final PriorityQueue<Event> underWay =
      new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
  private final long way;
  private final ScopedPolicy policy;
  private final RateLimiter redis;
  private final List<RateLimiter> instances;
  private long now;
  private long sent;
  private long admitted;
  private long denied;
  private long calls;
  private long charged;

  /** All counters are as new at the start. */
  ServedLeases(FleetSettings settings, long start) {
    way = settings.network().delay();
    policy = ScopedPolicy.perKey(settings.policy());
    now = start;
    redis = RateLimiters.inMemory(() -> now, COUNTERS);
    instances = Stream.<RateLimiter>generate(
            () -> RateLimiters.leased(this::ask, RequestDecision::undecided, () -> now))
        .limit(settings.instances())
        .toList();
  }

  private CompletionStage<RequestDecision> ask(Request request) {
    CompletableFuture<RequestDecision> answer = new CompletableFuture<>();
    after(way, () -> {
      RequestDecision made = redis.check(request);
      calls++;
      charged += made.allowed() ? request.cost() : 0;
      after(way, () -> answer.complete(made));
    });
    return answer;
  }

  private void after(long delay, Runnable what) {
    underWay.add(new Event(now + delay, sent++, what));
  }

  private void advance(long until) {
    while (!underWay.isEmpty() && underWay.peek().at < until) {
      Event next = underWay.remove();
      now = next.at;
      next.what.run();
    }
    now = until;
  }

  void feed(RequestSource source, int count) {
    for (int i = 0; i < count; i++) {
      advance(source.at[i]);
      var unused = instances
          .get(source.instance[i])
          .checkAsync(Request.of(policy, "key " + source.key[i], 1))
          .whenComplete((made, failure) -> {
            admitted += made.allowed() ? 1 : 0;
            denied += made.allowed() ? 0 : 1;
          });
    }
  }

  LeaseCounts finish() {
    advance(Long.MAX_VALUE);
    return new LeaseCounts(admitted, denied, calls, charged);
  }
}
