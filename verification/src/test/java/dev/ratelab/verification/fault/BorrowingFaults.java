package dev.ratelab.verification.fault;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.subject.LimiterSubject;
import dev.ratelab.verification.subject.MemorySubject;
import dev.ratelab.verification.subject.ScheduledRequest;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Faults of an instance that borrows, in its clock and in what it makes of an answer. */
final class BorrowingFaults {
  private BorrowingFaults() {}

  static List<PlantedFault> all() {
    return List.of(
        fault("lease counted from the answer", BorrowingFaults::countedFromTheAnswer),
        fault(
            "block kept after its end",
            (backend, time) -> leased(backend, () -> time.micros() / 2)),
        fault("lost answer taken as granted", (backend, time) -> leased(granting(backend), time)),
        fault("a second block held beside the first", BorrowingFaults::twice));
  }

  private interface Instances {
    RateLimiter borrowing(RateLimiter backend, TimeSource time);
  }

  private record Faulty(LimiterSubject sound, Instances instances) implements LimiterSubject {
    @Override
    public String name() {
      return sound.name() + " with a fault";
    }

    @Override
    public List<RequestDecision> answer(List<ScheduledRequest> requests) {
      return sound.answer(requests);
    }

    @Override
    public RateLimiter borrowing(RateLimiter backend, TimeSource time) {
      return instances.borrowing(backend, time);
    }
  }

  private static PlantedFault fault(String title, Instances instances) {
    LimiterSubject sound = new MemorySubject();
    return new PlantedFault(
        title,
        "an instance",
        Algorithm.GCRA,
        sound,
        new Faulty(sound, instances),
        List.of(Property.LEASE_BOUND));
  }

  private static RateLimiter leased(RateLimiter backend, TimeSource time) {
    return RateLimiters.leased(backend, RequestDecision::undecided, time);
  }

  /** The clock by which a block ends stands still while its answer is awaited. */
  private static RateLimiter countedFromTheAnswer(RateLimiter backend, TimeSource time) {
    AtomicLong waited = new AtomicLong();
    RateLimiter slow = request -> {
      long sent = time.micros();
      return backend.checkAsync(request).thenApply(answer -> {
        waited.addAndGet(time.micros() - sent);
        return answer;
      });
    };
    return leased(slow, () -> time.micros() - waited.get());
  }

  private static RateLimiter granting(RateLimiter backend) {
    return request -> backend
        .checkAsync(request)
        .thenApply(answer -> answer.decision().decidedBy() == null ? answer : granted(request));
  }

  private static RequestDecision granted(Request request) {
    return RequestDecision.of(request, List.of(Decision.allow(1, 0, 1)));
  }

  /** As where a counter is forgotten of which something is still held. */
  private static RateLimiter twice(RateLimiter backend, TimeSource time) {
    List<RateLimiter> both = List.of(leased(backend, time), leased(backend, time));
    AtomicInteger asked = new AtomicInteger();
    return request -> both.get(asked.getAndIncrement() % 2).checkAsync(request);
  }
}
