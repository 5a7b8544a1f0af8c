package dev.ratelab.verification.search;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.verification.property.Arrival;
import dev.ratelab.verification.property.SpendingPlans;
import dev.ratelab.verification.subject.Caller;
import dev.ratelab.verification.subject.Step;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * An adversary for limits too large to visit every state. It is greedy, in that at most instants it takes all there is, and
 * it climbs: of a generation of mutants of the best arrivals so far, the best goes on. It starts anew several times, for a
 * hill may be a small one. What it finds is a lower bound on the worst case; the arrivals are there to be checked.
 *
 * <p>It knows the limit and nothing of the algorithm, and sees decisions only, so it serves any subject. A generation is one
 * call, each mutant under a key of its own, so that a subject on a server is asked in a pipeline.
 */
public final class LocalSearch {
  private static final int MOST_INSTANTS = 10;
  private static final int GENERATION = 16;

  /** How long to search: how often to begin anew, and how many steps to climb each time. */
  public record Effort(int starts, int generations) {}

  /** Asked at an instant: everything there is, or one request of a part of the largest cost. */
  private record Moment(long at, double part) {}

  /** The best arrivals, in the order of time, and what they reach. */
  public record Found(List<Arrival> arrivals, long reached) {}

  private final VerifiedSubject subject;
  private final @Nullable VerifiedSubject exact;
  private final Policy policy;
  private final Policy exactPolicy;
  private final long tau;
  private final SplittableRandom random;
  private final long window;
  private final long origin;

  private LocalSearch(
      VerifiedSubject subject,
      @Nullable VerifiedSubject exact,
      Policy policy,
      Policy exactPolicy,
      long tau,
      long seed) {
    this.subject = subject;
    this.exact = exact;
    this.policy = policy;
    this.exactPolicy = exactPolicy;
    this.tau = tau;
    random = new SplittableRandom(seed);
    window = policy.limit().windowMicros();
    origin = 1_000 * window;
  }

  /** Searches for the most admitted in τ microseconds. Known arrivals, such as the worst for another subject, are tried first. */
  public static Found admitted(
      VerifiedSubject subject,
      Policy policy,
      long tau,
      Effort effort,
      long seed,
      List<Arrival> known) {
    return new LocalSearch(subject, null, policy, policy, tau, seed).search(effort, known);
  }

  /** Searches for the most that is denied and that an exact log beside it admits, in τ microseconds; known arrivals are tried first. */
  public static Found wronglyDenied(
      VerifiedSubject subject,
      Policy policy,
      VerifiedSubject exact,
      Policy log,
      long tau,
      Effort effort,
      long seed,
      List<Arrival> known) {
    return new LocalSearch(subject, exact, policy, log, tau, seed).search(effort, known);
  }

  private Found search(Effort effort, List<Arrival> known) {
    Found best = played(List.of(known)).get(0);
    for (int start = 0; start < effort.starts; start++) {
      List<Moment> moments = start();
      Found here = evaluate(List.of(moments)).get(0);
      for (int i = 0; i < effort.generations; i++) {
        List<List<Moment>> mutants = new ArrayList<>();
        for (int j = 0; j < GENERATION; j++) {
          mutants.add(mutant(moments));
        }
        List<Found> found = evaluate(mutants);
        int fittest = 0;
        for (int j = 1; j < GENERATION; j++) {
          if (found.get(j).reached > found.get(fittest).reached) {
            fittest = j;
          }
        }
        // Sideways too, for a plateau has to be crossed.
        if (found.get(fittest).reached >= here.reached) {
          here = found.get(fittest);
          moments = mutants.get(fittest);
        }
      }
      if (here.reached > best.reached) {
        best = here;
      }
    }
    return best;
  }

  private List<Moment> start() {
    List<Moment> moments = new ArrayList<>();
    for (int i = random.nextInt(2, 5); i > 0; i--) {
      moments.add(moment(moments));
    }
    return sorted(moments);
  }

  private List<Moment> mutant(List<Moment> parent) {
    List<Moment> moments = new ArrayList<>(parent);
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      int at = random.nextInt(moments.size());
      switch (random.nextInt(4)) {
        case 0 -> {
          if (moments.size() < MOST_INSTANTS) {
            moments.add(moment(moments));
          }
        }
        case 1 -> {
          if (moments.size() > 1) {
            moments.remove(at);
          }
        }
        case 2 -> moments.set(at, moment(moments));
        default -> moments.set(at, new Moment(nudged(moments.get(at).at), moments.get(at).part));
      }
    }
    return sorted(moments);
  }

  private Moment moment(List<Moment> others) {
    long at = switch (random.nextInt(4)) {
      // Around a window's edge.
      case 0 -> origin + random.nextLong(5) * window + random.nextLong(-1, 2);
      // A window or an interval from another instant, or one away from that.
      case 1 ->
        relative(others) + (random.nextBoolean() ? window : tau - 1) + random.nextLong(-1, 2);
      case 2 -> relative(others) + random.nextLong(-2, 3);
      default -> origin + random.nextLong(5 * window);
    };
    return new Moment(bounded(at), random.nextInt(4) == 0 ? random.nextDouble() : 1);
  }

  private long relative(List<Moment> others) {
    return others.isEmpty() ? origin : others.get(random.nextInt(others.size())).at;
  }

  private long nudged(long at) {
    long step = 1L << random.nextInt(Math.max(1, 63 - Long.numberOfLeadingZeros(window)));
    return bounded(at + (random.nextBoolean() ? step : -step));
  }

  private long bounded(long at) {
    return Math.max(origin, Math.min(origin + 6 * window, at));
  }

  private static List<Moment> sorted(List<Moment> moments) {
    moments.sort(Comparator.comparingLong(Moment::at));
    return moments;
  }

  private List<Found> evaluate(List<List<Moment>> candidates) {
    return played(candidates.stream().map(this::arrivals).toList());
  }

  private List<Found> played(List<List<Arrival>> all) {
    List<Decision> decisions = subject.decide(steps(all, policy));
    List<Decision> truth = exact == null ? decisions : exact.decide(steps(all, exactPolicy));
    List<Found> found = new ArrayList<>();
    int first = 0;
    for (List<Arrival> arrivals : all) {
      int end = first + arrivals.size();
      found.add(new Found(
          arrivals, reached(arrivals, decisions.subList(first, end), truth.subList(first, end))));
      first = end;
    }
    return found;
  }

  private long reached(List<Arrival> arrivals, List<Decision> decisions, List<Decision> truth) {
    long most = 0;
    long sum = 0;
    int first = 0;
    for (int i = 0; i < arrivals.size(); i++) {
      sum += counted(arrivals.get(i), decisions.get(i), truth.get(i));
      while (arrivals.get(first).at() <= arrivals.get(i).at() - tau) {
        sum -= counted(arrivals.get(first), decisions.get(first), truth.get(first));
        first++;
      }
      most = Math.max(most, sum);
    }
    return most;
  }

  private long counted(Arrival arrival, Decision decision, Decision truth) {
    boolean counts = exact == null ? decision.allowed() : !decision.allowed() && truth.allowed();
    return counts ? arrival.cost() : 0;
  }

  private List<Arrival> arrivals(List<Moment> moments) {
    Limit limit = policy.limit();
    List<Arrival> arrivals = new ArrayList<>();
    for (Moment moment : moments) {
      if (moment.part < 1) {
        arrivals.add(new Arrival(moment.at, Math.max(1, (long) (moment.part * limit.maxCost()))));
      } else {
        arrivals.addAll(SpendingPlans.saturate(moment.at, limit.burst(), limit.maxCost()));
      }
    }
    return arrivals;
  }

  private static List<Step> steps(List<List<Arrival>> all, Policy policy) {
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      Caller caller = new Caller("n", policy, "k" + i);
      all.get(i).forEach(arrival -> steps.add(arrival.by(caller)));
    }
    return steps;
  }
}
