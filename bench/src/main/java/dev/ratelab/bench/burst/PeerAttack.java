package dev.ratelab.bench.burst;

import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.peer.PeerLimiter;
import dev.ratelab.bench.workload.VirtualRequest;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The {@link Adversary} against a peer, in requests of cost 1, which each of them takes: at each of the adversary's instants one
 * after the other until one is denied, at most {@value #MOST_AT_ONCE}. A single request comes two windows before all others,
 * at a window's begin: a peer whose windows begin with a key's first request then has the adversary's windows.
 */
final class PeerAttack {
  private static final String KEY = "attacker";
  private static final String OTHER_KEY = "bystander";
  private static final int MOST_AT_ONCE = 1_000;
  private static final int WINDOWS_AHEAD = 2;

  private final Subject subject;
  private final Limit limit;
  private final Algorithm algorithm;

  PeerAttack(Subject subject, Limit limit) {
    this.subject = subject;
    this.limit = limit;
    algorithm = Algorithm.of(subject.peer().orElseThrow().algorithm());
  }

  /**
   * What it got through in virtual time.
   *
   * @param admitted how much at each instant, in microseconds
   */
  record Outcome(SortedMap<Long, Long> admitted, int requests) {}

  /** In virtual time. */
  Outcome virtual(Targets targets, long origin) {
    SortedMap<Long, Long> admitted = new TreeMap<>();
    int requests = 0;
    AtomicLong clock = new AtomicLong(origin - WINDOWS_AHEAD * limit.windowMicros());
    try (PeerLimiter peer = targets.peer(subject, limit, clock::get)) {
      peer.tryAcquire(KEY);
      for (long at : instants(Adversary.arrivals(algorithm, limit, KEY, origin))) {
        clock.set(at);
        boolean allowed = true;
        for (int i = 0; i < MOST_AT_ONCE && allowed; i++, requests++) {
          allowed = peer.tryAcquire(KEY);
          if (allowed) {
            admitted.merge(at, 1L, Long::sum);
          }
        }
      }
    }
    return new Outcome(admitted, requests);
  }

  /** On the peer's own clock, which runs as fast as the one given. */
  RealClock.Outcome real(PeerLimiter peer, TimeSource clock) throws InterruptedException {
    long window = limit.windowMicros();
    List<ClockedCurve.Admitted> admitted = new ArrayList<>();
    int requests = 0;
    // Connects, and loads what a first call needs.
    peer.tryAcquire(OTHER_KEY);
    long asked = clock.micros();
    peer.tryAcquire(OTHER_KEY);
    long aCall = clock.micros() - asked;
    long epoch = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis()) - clock.micros();
    long first = -Math.floorDiv(-(clock.micros() + epoch), window) * window - epoch;
    RealClock.waitUntil(clock, first);
    peer.tryAcquire(KEY);
    long windowEnd = first + WINDOWS_AHEAD * window;
    // So early that the first burst is through before the window's end.
    long begin = windowEnd
        - Math.min(
            window / 2, RealClock.ahead(limit) + aCall * Math.min(limit.burst(), MOST_AT_ONCE));
    long stride = Math.max(1, limit.permits() / 100);
    for (long at : instants(Adversary.attack(algorithm, limit, KEY, windowEnd - window, begin))) {
      RealClock.waitUntil(clock, at);
      boolean allowed = true;
      for (int i = 0; i < MOST_AT_ONCE && allowed; i++, requests++) {
        long sent = clock.micros();
        allowed = peer.tryAcquire(KEY);
        long answered = clock.micros();
        if (allowed) {
          // Several together where the limit is large: the curve is made from each pair of them.
          ClockedCurve.Admitted together = i % stride == 0
              ? new ClockedCurve.Admitted(sent, sent, 0)
              : admitted.remove(admitted.size() - 1);
          admitted.add(new ClockedCurve.Admitted(
              together.from(), answered + RealClock.slew(answered - first), together.cost() + 1));
        }
      }
    }
    return new RealClock.Outcome(subject, admitted, requests);
  }

  private static List<Long> instants(List<VirtualRequest> arrivals) {
    return arrivals.stream().map(VirtualRequest::at).distinct().toList();
  }
}
