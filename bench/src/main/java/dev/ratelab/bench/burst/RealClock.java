package dev.ratelab.bench.burst;

import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.peer.PeerLimiter;
import dev.ratelab.bench.workload.VirtualRequest;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The {@link Adversary} against the clock that a backend itself decides by: this machine's in memory, the server's on Redis.
 * Requests are sent when they are due by that clock, whatever became of the earlier ones; one that is due while another is
 * under way goes right after it. The attack begins just before a window's end, which is the worst for the windows.
 *
 * <p>When a decision was made is not known, only that it was after its request was sent and before its answer came, both by
 * this machine's monotone clock. Only differences of these readings matter, so the two clocks' offset drops out (it is
 * estimated to aim, no more); their rates may differ by what a clock under correction may, {@value #MOST_SLEW_PPM} millionths,
 * and the readings of a remote decision lie so much farther apart.
 */
final class RealClock {
  static final String WORKLOAD = "adversarial-real-clock";

  /** The most by which Linux slews a clock. */
  private static final long MOST_SLEW_PPM = 500;

  private static final String KEY = "attacker";
  private static final int CLOCK_READINGS = 50;
  private static final long LEAD_MICROS = 50_000;

  // How long before a window's end the attack begins: a round trip and a scheduler's pause must fit
  // in.
  private static final long AIM_MICROS = 3_000;

  private static final Script SERVER_TIME = Script.of("server-time", """
      local now = redis.call('TIME')
      return {tonumber(now[1]) * 1000000 + tonumber(now[2])}
      """);

  private final Subject subject;
  private final Limit limit;
  private final TimeSource clock = TimeSource.monotonic();
  private final ScopedPolicy policy;
  private final RateLimiter limiter;
  private final long offset;

  /**
   * What an attack got through.
   *
   * @param admitted what, and when by this machine's clock
   */
  record Outcome(Subject subject, List<ClockedCurve.Admitted> admitted, long requests) {}

  private RealClock(Targets targets, Subject subject, Limit limit) {
    this.subject = subject;
    this.limit = limit;
    // A state of its own, also where several clients attack one server.
    Policy own = subject.policy(limit, WORKLOAD + "-" + subject.client());
    policy = ScopedPolicy.perKey(own);
    limiter = targets.limiter(subject);
    offset = subject.isRemote()
        ? offset(targets.client(subject.client()), targets.redisKey(subject, own, KEY))
        : 0;
  }

  /**
   * Attacks several subjects at once, each from a thread of its own.
   *
   * @throws IllegalStateException if one left a request without a decision
   */
  static List<Outcome> attack(Targets targets, Limit limit, List<Subject> subjects)
      throws InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(subjects.size());
    try {
      List<Future<Outcome>> attacks = new ArrayList<>();
      for (Subject subject : subjects) {
        attacks.add(threads.submit(attack(targets, subject, limit)));
      }
      List<Outcome> outcomes = new ArrayList<>();
      for (Future<Outcome> attack : attacks) {
        outcomes.add(attack.get());
      }
      return outcomes;
    } catch (ExecutionException e) {
      Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
      throw new IllegalStateException(cause.getMessage(), cause);
    } finally {
      threads.shutdownNow();
      threads.awaitTermination(2 * Target.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static Callable<Outcome> attack(Targets targets, Subject subject, Limit limit) {
    if (subject.peer().isPresent()) {
      PeerAttack peer = new PeerAttack(subject, limit);
      PeerLimiter limiter = targets.peer(subject, limit, null);
      return () -> peer.real(limiter, TimeSource.monotonic());
    }
    RealClock ours = new RealClock(targets, subject, limit);
    return ours::attack;
  }

  private Outcome attack() throws InterruptedException {
    long window = limit.windowMicros();
    long earliest = clock.micros() + offset + LEAD_MICROS + AIM_MICROS;
    long windowEnd = -Math.floorDiv(-earliest, window) * window;
    long begin = windowEnd - ahead(limit);
    List<VirtualRequest> arrivals =
        Adversary.attack(Algorithm.of(subject.name()), limit, KEY, windowEnd - window, begin);
    List<ClockedCurve.Admitted> admitted = new ArrayList<>();
    for (VirtualRequest arrival : arrivals) {
      waitUntil(clock, arrival.at() - offset);
      long sent = clock.micros();
      Decision decision = limiter.check(Request.of(policy, KEY, arrival.cost())).decision();
      long answered = clock.micros();
      if (decision.decidedBy() != null) {
        throw new IllegalStateException(subject.title() + " left a request without a decision");
      }
      if (decision.allowed()) {
        long elapsed = answered + decision.delayMicros() + offset - begin;
        long slew = slew(subject.isRemote() ? elapsed : 0);
        admitted.add(new ClockedCurve.Admitted(
            sent + decision.delayMicros(),
            answered + decision.delayMicros() + slew,
            arrival.cost()));
      }
    }
    return new Outcome(subject, admitted, arrivals.size());
  }

  /** How long before a window's end an attack begins. */
  static long ahead(Limit limit) {
    return Math.min(AIM_MICROS, limit.windowMicros() / 2);
  }

  /** By how much two clocks may differ over a time, in microseconds. */
  static long slew(long elapsed) {
    // Two that each count whole microseconds tell differences that differ by one.
    return 1 + elapsed * MOST_SLEW_PPM / 1_000_000;
  }

  static void waitUntil(TimeSource clock, long due) throws InterruptedException {
    for (long left = due - clock.micros(); left > 0; left = due - clock.micros()) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(left));
    }
  }

  /** The server's clock less ours, by the exchange that took the least time. */
  private long offset(RedisClient client, byte[] key) {
    long least = Long.MAX_VALUE;
    long best = 0;
    for (int i = 0; i < CLOCK_READINGS; i++) {
      long sent = clock.micros();
      long server = client.run(SERVER_TIME, key, List.of(), Target.DEADLINE).get(0);
      long answered = clock.micros();
      if (answered - sent < least) {
        least = answered - sent;
        best = server - (sent + answered) / 2;
      }
    }
    return best;
  }
}
