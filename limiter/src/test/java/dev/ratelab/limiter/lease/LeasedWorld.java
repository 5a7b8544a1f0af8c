package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.memory.KeyHash;
import dev.ratelab.limiter.memory.SeededHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One to four instances before one sound counter in memory, in virtual time, all of it from a seed: policies of any algorithm, by
 * themselves and jointly, in shadow and with two leases; answers late, lost, or somebody else's; little room for counters.
 */
final class LeasedWorld {
  /** An instance, and how many permits it says it has borrowed and lost. */
  record Instance(RateLimiter limiter, LongSupplier borrowed, LongSupplier lapsed) {}

  /** Makes what is judged. */
  interface Instances {
    Instance start(RateLimiter backend, TimeSource time, int mostCounters, KeyHash names);
  }

  private static final int STEPS = 300;
  private static final long SECOND = 1_000_000;
  private static final Policy PLAIN =
      Policy.of("plain", Algorithm.GCRA, Limit.of(100, Duration.ofSeconds(1)));

  private record Event(long at, long number, Runnable what) {}

  private record Counter(
      String policy, Scope scope, @Nullable String tenant, String key) {}

  /** An answer that keeps an instance from asking for what is missing, over what is left, until an instant. */
  private record Refusal(long at, long left, long until) {}

  /** What an instance knows of a counter. */
  private static final class Known {
    final List<Refusal> refusals = new ArrayList<>();
    int underWay;
    int news;
  }

  /** The promises that were broken, with what was seen first. */
  final Map<LeasePromise, String> broken = new EnumMap<>(LeasePromise.class);

  private final SplittableRandom random;
  private final ManualTime time = new ManualTime(1_000 * SECOND);
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
  private final RateLimiter central = RateLimiters.inMemory(time, 10_000);
  private final List<Instance> instances = new ArrayList<>();
  private final List<Map<Counter, Known>> known = new ArrayList<>();
  private final Map<Counter, Spending> spending = new HashMap<>();
  private final Map<Counter, Long> resetAt = new HashMap<>();
  private final Set<RequestDecision> askedWhole =
      Collections.newSetFromMap(new IdentityHashMap<>());
  private final List<Policy> pool = new ArrayList<>();
  private final Map<String, Lease> widest = new HashMap<>();
  private final double lost;
  private final long slow;
  private final int variety;
  private long number;
  private long asked;
  private long waiting;
  private long granted;
  private long spentHere;

  private LeasedWorld(long seed, Instances made) {
    random = new SplittableRandom(seed);
    lost = random.nextBoolean() ? 0 : 0.3;
    slow = pick(List.of(0L, 1_000L, 50_000L));
    variety = random.nextInt(4);
    IntStream.range(0, 3).forEach(this::addPolicies);
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      int own = i;
      long offset = random.nextLong(1L << 40);
      known.add(new HashMap<>());
      RateLimiter backend = request -> decided(own, request);
      instances.add(made.start(
          backend,
          () -> time.micros() + offset,
          random.nextInt(3) == 0 ? 2 : 1_000,
          SeededHash.of(seed + i)));
    }
  }

  /** Plays it to its end. */
  static LeasedWorld play(long seed, Instances made) {
    LeasedWorld world = new LeasedWorld(seed, made);
    for (int step = 0; step < STEPS; step++) {
      world.step();
    }
    world.runUntil(world.time.micros() + 100 * SECOND);
    world.judge();
    return world;
  }

  /** How much was asked, granted and spent: the same for the same seed. */
  List<Long> counts() {
    return List.of(asked, granted, spentHere);
  }

  /** A rule, and sometimes the same with another lease, deadline and failure policy. */
  private void addPolicies(int index) {
    Algorithm algorithm = pick(List.of(Algorithm.values()));
    long permits = random.nextLong(6, 66);
    int variants = random.nextInt(3) == 0 ? 2 : 1;
    for (int i = 0; i < variants; i++) {
      Policy policy = Policy.of("p" + index, algorithm, Limit.of(permits, Duration.ofSeconds(1)))
          .withLease(new Lease(
              1 + random.nextInt((int) Math.min(permits, 20)), 1_000L * (1 + random.nextInt(400))))
          .withDeadline(Duration.ofMillis(random.nextInt(3) == 0 ? 50 : 200))
          .onFailure(random.nextBoolean() ? FailurePolicy.FAIL_OPEN : FailurePolicy.FAIL_CLOSED);
      pool.add(policy);
      widest.merge(
          policy.name(),
          policy.lease(),
          (one, other) -> new Lease(
              Math.max(one.permits(), other.permits()), Math.max(one.micros(), other.micros())));
    }
  }

  private void breaks(LeasePromise promise, String seen) {
    broken.putIfAbsent(promise, "at %s: %s".formatted(time.micros(), seen));
  }

  private void after(long micros, Runnable what) {
    if (micros == 0) {
      what.run();
    } else {
      events.add(new Event(time.micros() + micros, number++, what));
    }
  }

  private void runUntil(long instant) {
    while (!events.isEmpty() && events.peek().at <= instant) {
      Event next = events.remove();
      time.set(next.at);
      next.what.run();
    }
    time.set(instant);
  }

  private void step() {
    runUntil(time.micros() + random.nextInt(random.nextInt(4) == 0 ? 50_000 : 5_000));
    int instance = random.nextInt(instances.size());
    int count = 1 + (random.nextInt(3) == 0 ? random.nextInt(8) : 0);
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      requests.add(request());
    }
    if (count > 1 && random.nextBoolean()) {
      List<CompletionStage<RequestDecision>> answers =
          instances.get(instance).limiter.checkAll(requests);
      for (int i = 0; i < count; i++) {
        heard(instance, requests.get(i), answers.get(i), false);
      }
    } else {
      requests.forEach(each -> ask(instance, each, true));
    }
  }

  private Request request() {
    List<ScopedPolicy> policies = new ArrayList<>();
    Set<String> names = new HashSet<>();
    int count = variety == 0 ? 1 : 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      Policy policy = variety > 1 && random.nextInt(6) == 0 ? PLAIN : pick(pool);
      if (names.add(policy.name())) {
        policies.add(new ScopedPolicy(
            policy,
            variety == 3 && random.nextInt(4) == 0 ? Scope.TENANT : Scope.KEY,
            variety > 1 && random.nextInt(6) == 0));
      }
    }
    return new Request(
        variety == 3 ? "t" + random.nextInt(2) : null,
        "k" + random.nextInt(2),
        1 + (random.nextInt(3) == 0 ? random.nextInt(6) : 0),
        policies);
  }

  /** Asks an instance; the decision if it was made there at once, or null. */
  private @Nullable RequestDecision ask(int instance, Request request, boolean goesOn) {
    long before = asked;
    CompletableFuture<RequestDecision> answer =
        instances.get(instance).limiter.checkAsync(request).toCompletableFuture();
    boolean here = asked == before && answer.isDone() && !answer.isCompletedExceptionally();
    heard(instance, request, answer, here);
    if (!here || askedWhole.contains(answer.join())) {
      return null;
    }
    RequestDecision made = answer.join();
    ScopedPolicy only = request.policies().get(0);
    if (goesOn && request.policies().size() == 1 && made.decision().because() == null) {
      if (!made.policies().get(0).decision().allowed()) {
        retry(instance, request, made.policies().get(0).decision().retryAfterMicros());
      } else if (random.nextInt(4) == 0) {
        spendWhatRemains(
            instance, request, only, made.policies().get(0).decision().remaining());
      }
    }
    return made;
  }

  private void spendWhatRemains(int instance, Request request, ScopedPolicy only, long remaining) {
    long most = Math.min(remaining, only.policy().lease().permits());
    if (most > 0) {
      Request next = new Request(
          request.tenant(), request.key(), 1 + random.nextLong(most), request.policies());
      CompletableFuture<RequestDecision> answer =
          instances.get(instance).limiter.checkAsync(next).toCompletableFuture();
      heard(instance, next, answer, false);
      if (!answer.isDone() || !answer.join().policies().get(0).decision().allowed()) {
        breaks(LeasePromise.REMAINING, "%s of %s were not there".formatted(next.cost(), remaining));
      }
    }
  }

  /** A microsecond before the instant that a denial told, and at it, if nothing has happened to the counter meanwhile. */
  private void retry(int instance, Request request, long retryAfter) {
    Known counter = known(instance, counter(request, request.policies().get(0)));
    int news = counter.news;
    events.add(new Event(time.micros() + retryAfter - 1, number++, () -> {
      if (counter.news != news || counter.underWay > 0) {
        return;
      }
      RequestDecision early = ask(instance, request, false);
      if (early == null
          || early.policies().get(0).decision().allowed()
          || early.policies().get(0).decision().retryAfterMicros() != 1) {
        breaks(LeasePromise.RETRY_AFTER, "1 µs before: " + early);
      }
      events.add(new Event(time.micros() + 1, number++, () -> {
        long before = asked;
        if (counter.news == news + 1 && ask(instance, request, false) != null && asked == before) {
          breaks(LeasePromise.RETRY_AFTER, "not asked");
        }
      }));
    }));
  }

  private void heard(
      int instance, Request request, CompletionStage<RequestDecision> answer, boolean here) {
    long sent = time.micros();
    waiting++;
    request.asked().forEach(each -> known(instance, counter(request, each)).news++);
    var unused = answer.whenComplete((made, failure) -> {
      waiting--;
      if (time.micros() - sent > request.deadline().toNanos() / 1_000) {
        breaks(LeasePromise.IN_TIME, request + " after " + (time.micros() - sent));
      }
      if (failure == null && !askedWhole.contains(made)) {
        spentHere += admit(request, made);
        for (ScopedPolicy each : request.asked()) {
          judge(instance, request, each, decision(made, each), here);
        }
      }
    });
  }

  private void judge(
      int instance, Request request, ScopedPolicy policy, Decision made, boolean here) {
    if (made.because() != null) {
      return;
    }
    Counter counter = counter(request, policy);
    long now = time.micros();
    if (now + made.resetAfterMicros() > Math.max(now, resetAt.getOrDefault(counter, now))) {
      breaks(LeasePromise.RESET_AFTER, made.toString());
    }
    boolean forCause = made.allowed()
        || known(instance, counter).refusals.stream()
            .anyMatch(each -> here
                ? now < each.until && request.cost() - made.remaining() > each.left
                : now < each.until || now == each.at);
    if (!forCause) {
      breaks(LeasePromise.DENIED_FOR_CAUSE, request + ": " + made);
    }
  }

  /** What an instance asks the counter. */
  private CompletionStage<RequestDecision> decided(int instance, Request request) {
    asked++;
    long sent = time.micros();
    ScopedPolicy first = request.policies().get(0);
    Counter counter = counter(request, first);
    boolean lends = request.policies().size() == 1
        && first.policy().lease() == null
        && !first.name().equals(PLAIN.name());
    Known asking = known(instance, counter);
    if (lends && ++asking.underWay > 1) {
      breaks(LeasePromise.ONE_BORROW, counter.toString());
    }
    CompletableFuture<RequestDecision> answer = new CompletableFuture<>();
    long deadline = sent + request.deadline().toNanos() / 1_000;
    Fate fate = fate();
    after(delay(), () -> {
      RequestDecision made = fate.decides() ? central.check(request) : null;
      long delay = delay();
      boolean told = fate == Fate.TOLD && time.micros() + delay < deadline;
      if (made != null) {
        charge(request, made);
        if (!lends && told) {
          askedWhole.add(made);
          admit(request, made);
        }
      }
      if (told) {
        after(delay, () -> {
          refusal(request, made, instance, sent);
          granted += lends && made.allowed() ? request.cost() : 0;
          answer.complete(made);
        });
      } else if (fate == Fate.FAILS) {
        answer.completeExceptionally(new IllegalStateException("planted"));
      } else if (fate == Fate.SOMEBODY_ELSES && lends) {
        answer.complete(RequestDecision.of(
            first, Decision.undecided(1, FailurePolicy.FAIL_OPEN, FailureReason.UNAVAILABLE)));
      }
    });
    if (!answer.isDone()) {
      events.add(new Event(
          deadline,
          number++,
          () -> answer.complete(RequestDecision.undecided(request, FailureReason.DEADLINE))));
    }
    return answer.whenComplete((made, failure) -> {
      if (lends) {
        asking.underWay--;
        asking.news++;
      }
    });
  }

  private enum Fate {
    TOLD,
    LOST,
    NEVER_CAME,
    SOMEBODY_ELSES,
    FAILS;

    boolean decides() {
      return this == TOLD || this == LOST;
    }
  }

  private Fate fate() {
    return random.nextDouble() < lost
        ? pick(List.of(Fate.LOST, Fate.NEVER_CAME, Fate.SOMEBODY_ELSES, Fate.FAILS))
        : Fate.TOLD;
  }

  private <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private long delay() {
    if (slow == 0 || random.nextInt(3) == 0) {
      return 0;
    }
    return random.nextLong(random.nextInt(20) == 0 ? 20 * slow : slow);
  }

  private void charge(Request request, RequestDecision made) {
    for (ScopedPolicy each : request.asked()) {
      Decision decision = decision(made, each);
      resetAt.merge(counter(request, each), time.micros() + decision.resetAfterMicros(), Math::max);
      if (made.allowed() && decision.allowed()) {
        spending(request, each).charge(time.micros(), request.cost());
      }
    }
  }

  /** Returns how much was admitted by counters. */
  private long admit(Request request, RequestDecision made) {
    long sum = 0;
    for (ScopedPolicy each : request.asked()) {
      Decision decision = decision(made, each);
      if (made.allowed() && decision.allowed() && decision.because() == null) {
        spending(request, each).admit(time.micros(), request.cost());
        sum += request.cost();
      }
    }
    return sum;
  }

  private void refusal(Request request, RequestDecision made, int instance, long sent) {
    ScopedPolicy only = request.policies().get(0);
    if (request.policies().size() > 1 || !widest.containsKey(only.name())) {
      return;
    }
    Decision decision = decision(made, only);
    long pause = Math.max(1, widest.get(only.name()).micros() / LeasedCounter.PROBES);
    long until = decision.allowed() && decision.remaining() > 0 ? 0 : time.micros() + pause;
    known(instance, counter(request, only))
        .refusals
        .add(new Refusal(
            time.micros(),
            decision.remaining(),
            decision.allowed() ? until : Math.max(until, sent + decision.retryAfterMicros())));
  }

  private Spending spending(Request request, ScopedPolicy policy) {
    return spending.computeIfAbsent(
        counter(request, policy), absent -> new Spending(policy.policy()));
  }

  private Known known(int instance, Counter counter) {
    return known.get(instance).computeIfAbsent(counter, absent -> new Known());
  }

  private static Decision decision(RequestDecision made, ScopedPolicy policy) {
    return made.policies().stream()
        .filter(each -> each.policy().equals(policy.name()))
        .findFirst()
        .orElseThrow()
        .decision();
  }

  private static Counter counter(Request request, ScopedPolicy policy) {
    return new Counter(
        policy.name(),
        policy.scope(),
        request.tenant(),
        policy.scope() == Scope.TENANT ? "" : request.key());
  }

  private void judge() {
    if (waiting > 0) {
      breaks(LeasePromise.ANSWERED, waiting + " are not");
    }
    long borrowed =
        instances.stream().mapToLong(each -> each.borrowed.getAsLong()).sum();
    long lapsed = instances.stream().mapToLong(each -> each.lapsed.getAsLong()).sum();
    if (granted != borrowed || granted != lapsed + spentHere) {
      breaks(
          LeasePromise.SPENT_OR_OVER,
          "%s granted, %s counted, %s spent, %s over"
              .formatted(granted, borrowed, spentHere, lapsed));
    }
    spending.forEach((counter, each) -> {
      Lease lease = widest.getOrDefault(counter.policy, new Lease(1, 1));
      each.judge(lease, instances.size(), this::breaks);
    });
  }
}
