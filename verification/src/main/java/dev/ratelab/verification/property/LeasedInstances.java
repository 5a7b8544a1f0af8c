package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.verification.subject.LimiterSubject;
import dev.ratelab.verification.subject.ScheduledRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * One to three instances with leases before one subject, in virtual time. What goes wrong follows from the scenario alone: answers
 * come late, some after the lease, or not at all; instances crash; the subject's state is emptied, or loses its last writes; its clock goes
 * back. Each instance has a clock of its own, off by whatever. A state that lost something is one that only the remaining history led to.
 */
final class LeasedInstances {
  private static final int MOST_INSTANCES = 3;
  private static final int MOST_ASKED = 4;
  private static final int LAST_WRITES = 3;

  /** What was charged at an instant, by the subject's clock and by the true one; losses are how often it had lost something. */
  record Charge(long at, long reading, long cost, int losses) {}

  /** What was admitted to a caller at an instant. */
  record Admission(long at, long cost) {}

  private record Event(long at, long number, Runnable what) {}

  final List<Charge> charges = new ArrayList<>();
  final List<Admission> admissions = new ArrayList<>();

  /** Of the first request of each arrival, as it was told; undecided where it never was. */
  final List<Decision> decisions = new ArrayList<>();

  /** How many answers to a charge were lost or came to an instance that had crashed, and how many instances have crashed. */
  int lostBlocks;

  final int instances;

  private final LimiterSubject subject;
  private final Scenario scenario;
  private final Lease lease;
  private final SplittableRandom random;
  private final PriorityQueue<Event> events = new PriorityQueue<>((one, other) ->
      one.at == other.at ? Long.compare(one.number, other.number) : Long.compare(one.at, other.at));
  private final List<ScheduledRequest> history = new ArrayList<>();
  private final List<RateLimiter> limiters = new ArrayList<>();
  private final long[] running = new long[MOST_INSTANCES];
  private long starts;

  /** Not both: a clock that goes back and forgets grants each window again. */
  private final boolean losesState;

  private long number;
  private long now;
  private long back;
  private int losses;

  private LeasedInstances(LimiterSubject subject, Scenario scenario) {
    this.subject = subject;
    this.scenario = scenario;
    lease = Objects.requireNonNull(scenario.policy().lease(), "a lease");
    random = new SplittableRandom(scenario.arrivals().hashCode());
    instances = random.nextInt(1, MOST_INSTANCES + 1);
    losesState = random.nextBoolean();
    for (int i = 0; i < instances; i++) {
      limiters.add(started(i));
    }
  }

  static LeasedInstances play(LimiterSubject subject, Scenario scenario) {
    LeasedInstances played = new LeasedInstances(subject, scenario);
    played.play();
    return played;
  }

  private void play() {
    for (Arrival arrival : scenario.arrivals()) {
      runUntil(arrival.at());
      now = arrival.at();
      int instance = random.nextInt(instances);
      somethingHappens(instance);
      int times = random.nextInt(1, MOST_ASKED + 1);
      for (int i = 0; i < times; i++) {
        ask(instance, arrival.cost(), i == 0 ? decisions.size() : -1);
      }
    }
    runUntil(Long.MAX_VALUE);
  }

  private void runUntil(long instant) {
    while (!events.isEmpty() && events.peek().at <= instant) {
      Event next = events.remove();
      now = next.at;
      next.what.run();
    }
  }

  private void after(long micros, Runnable what) {
    events.add(new Event(now + micros, number++, what));
  }

  private void somethingHappens(int instance) {
    switch (random.nextInt(24)) {
      case 0 -> {
        limiters.set(instance, started(instance));
        lostBlocks++;
      }
      case 1 -> losesOrSteps(history.size());
      case 2 -> losesOrSteps(random.nextInt(1, LAST_WRITES + 1));
      default -> {}
    }
  }

  private void losesOrSteps(int writes) {
    if (losesState) {
      history.subList(Math.max(0, history.size() - writes), history.size()).clear();
      losses++;
    } else {
      back += random.nextLong(scenario.rule().window() + 1);
    }
  }

  private RateLimiter started(int instance) {
    long offset = random.nextLong(1L << 40);
    long own = ++starts;
    running[instance] = own;
    RateLimiter backend = request ->
        // One that has crashed asks nobody any more, and hears of nothing.
        running[instance] == own ? decided(request) : new CompletableFuture<>();
    return subject.borrowing(backend, () -> now + offset);
  }

  private void ask(int instance, long cost, int first) {
    if (first >= 0) {
      decisions.add(Decision.undecided(
          scenario.rule().permits(), scenario.policy().onFailure(), FailureReason.DEADLINE));
    }
    RateLimiter asked = limiters.get(instance);
    var unused = asked
        .checkAsync(Request.of(scenario.policy(), Arrival.KEY, cost))
        .thenAccept(made -> {
          if (first >= 0) {
            decisions.set(first, made.decision());
          }
          // Nobody hears what an instance says that has crashed meanwhile.
          if (made.allowed() && limiters.get(instance) == asked) {
            admissions.add(new Admission(now, cost));
          }
        });
  }

  /** What an instance asks. A request that is asked whole is answered at once, so that it is admitted when it is charged. */
  private CompletionStage<RequestDecision> decided(Request request) {
    CompletableFuture<RequestDecision> answer = new CompletableFuture<>();
    if (request.policies().get(0).policy().lease() != null) {
      answer.complete(charge(request));
      return answer;
    }
    int fate = random.nextInt(16);
    after(delay(), () -> {
      if (fate == 0) {
        after(delay(), () -> answer.complete(undecided(request)));
        return;
      }
      RequestDecision made = charge(request);
      boolean lost = fate == 1;
      lostBlocks += lost && made.allowed() ? 1 : 0;
      after(delay(), () -> answer.complete(lost ? undecided(request) : made));
    });
    if (random.nextBoolean()) {
      runUntil(now);
    }
    return answer;
  }

  private static RequestDecision undecided(Request request) {
    return RequestDecision.undecided(request, FailureReason.DEADLINE);
  }

  private long delay() {
    return switch (random.nextInt(8)) {
      case 0 -> 1;
      case 1 -> random.nextLong(lease.micros());
      case 2 -> lease.micros() + random.nextLong(2);
      default -> 0;
    };
  }

  private RequestDecision charge(Request request) {
    long reading = Math.max(0, now - back);
    Request plain = Request.of(scenario.policy().withLease(null), Arrival.KEY, request.cost());
    history.add(new ScheduledRequest(Scenario.NAMESPACE, reading, plain));
    List<RequestDecision> all = subject.answer(history);
    RequestDecision made = all.get(all.size() - 1);
    if (made.allowed()) {
      charges.add(new Charge(now, reading, request.cost(), losses));
    } else {
      // It changed nothing, and the history stays short.
      history.remove(history.size() - 1);
    }
    return RequestDecision.of(request, List.of(made.decision()));
  }
}
