package dev.ratelab.verification.search;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.SlidingWindowLog.Log;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.verification.property.Arrival;
import dev.ratelab.verification.search.Paired.Both;
import dev.ratelab.verification.search.Reachable.Choice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The worst over all arrival sequences whatever, exact, for limits so small that every state can be visited. With V(0, s) = 0
 * and V(τ, s) = max over what can happen in one instant of (what it counts + V(τ-1, next)), the most in τ instants is the
 * largest V(τ, s) over all reachable s: value iteration (Bellman 1957), each τ one step over the graph of states.
 */
public final class Exhaustive {
  private Exhaustive() {}

  /** The worst that happens in any so many instants in a row: arrivals that reach it, by τ, and how many states were visited. */
  public record Worst(List<Attack> attacks, int states) {
    /** The most in τ instants. */
    public long most(int tau) {
      return attacks.get(tau).counted;
    }
  }

  /** Arrivals that lead into a state and then do their worst: all of them, where the interval begins, and what is counted from there on. */
  public record Attack(List<Arrival> arrivals, long from, long counted) {}

  /** The most that is admitted in any τ instants, up to the longest. */
  public static <S> Worst admitted(Transition<S> transition, Limit limit, int longest) {
    return worst(new Reachable<>(transition, limit, limit.maxCost()), longest);
  }

  /**
   * The most cost, in any τ instants, that a limiter denies and an exact log admits which saw the same arrivals and keeps a
   * history of its own.
   */
  public static <S> Worst wronglyDenied(Transition<S> transition, Limit limit, int longest) {
    return worst(new Reachable<>(Paired.each(transition, limit), limit, limit.maxCost()), longest);
  }

  private static <S> Worst worst(Reachable<S> states, int longest) {
    long[][] value = new long[longest + 1][states.size()];
    for (int tau = 1; tau <= longest; tau++) {
      for (int node = 0; node < states.size(); node++) {
        value[tau][node] = value(best(states, node, value[tau - 1]), value[tau - 1]);
      }
    }
    List<Attack> attacks = new ArrayList<>();
    attacks.add(new Attack(List.of(), 0, 0));
    for (int tau = 1; tau <= longest; tau++) {
      int start = 0;
      for (int node = 1; node < states.size(); node++) {
        if (value[tau][node] > value[tau][start]) {
          start = node;
        }
      }
      attacks.add(attack(states, start, value, tau));
    }
    return new Worst(attacks, states.size());
  }

  private static Choice best(Reachable<?> states, int node, long[] later) {
    List<Choice> choices = states.choices(node);
    Choice best = choices.get(0);
    for (Choice choice : choices) {
      if (value(choice, later) > value(best, later)) {
        best = choice;
      }
    }
    return best;
  }

  private static long value(Choice choice, long[] later) {
    return choice.counted() + later[choice.next()];
  }

  private static Attack attack(Reachable<?> states, int start, long[][] value, int tau) {
    Reachable.Path path = states.pathTo(start);
    List<Arrival> arrivals = new ArrayList<>(path.arrivals());
    int node = start;
    for (int left = tau; left > 0; left--) {
      Choice choice = best(states, node, value[left - 1]);
      long at = path.end() + tau - left;
      choice.costs().forEach(cost -> arrivals.add(new Arrival(at, cost)));
      node = choice.next();
    }
    return new Attack(arrivals, path.end(), value[tau][start]);
  }

  /** The most units that leave a limiter, each after its delay, in any τ instants, by τ. All requests have cost 1. */
  public static <S> long[] output(Transition<S> transition, Limit limit, int longest) {
    Reachable<S> states = new Reachable<>(transition, limit, 1);
    int longestDelay =
        Math.toIntExact(-Math.floorDiv(-limit.burst() * limit.windowMicros(), limit.permits()));
    long[] most = new long[longest + 1];
    for (int tau = 1; tau <= longest; tau++) {
      long[] later = new long[states.size()];
      // Counted from the interval's last instant backwards; what leaves in it may have come as much
      // earlier as it is held.
      for (int left = 1; left <= tau + longestDelay; left++) {
        long[] value = new long[states.size()];
        for (int node = 0; node < states.size(); node++) {
          for (Choice choice : states.choices(node)) {
            long counted = 0;
            for (long delay : choice.delays()) {
              counted += left - delay >= 1 && left - delay <= tau ? 1 : 0;
            }
            value[node] = Math.max(value[node], counted + later[choice.next()]);
          }
        }
        later = value;
      }
      for (long value : later) {
        most[tau] = Math.max(most[tau], value);
      }
    }
    return most;
  }

  /**
   * The least that is admitted a window, in the long run and from any state, where at every instant as much is asked for as
   * there is.
   */
  public static <S> double saturatedRate(Transition<S> transition, Limit limit) {
    Reachable<S> states = new Reachable<>(transition, limit, 1);
    double least = Double.POSITIVE_INFINITY;
    for (int start = 0; start < states.size(); start++) {
      int[] seenAt = new int[states.size()];
      long[] upTo = new long[states.size()];
      long admitted = 0;
      int instants = 1;
      int node = start;
      while (seenAt[node] == 0) {
        seenAt[node] = instants++;
        upTo[node] = admitted;
        List<Choice> choices = states.choices(node);
        Choice all = choices.get(choices.size() - 1);
        admitted += all.counted();
        node = all.next();
      }
      double rate = (double) (admitted - upTo[node]) / (instants - seenAt[node]);
      least = Math.min(least, rate * limit.windowMicros());
    }
    return least;
  }

  /**
   * How far one decision is from the truth of the limiter's own history, at worst over all states.
   *
   * @param needless the most cost, of one request or several at an instant, that is denied though A(t-W, t] leaves room for it
   * @param over the most that is admitted though A(t-W, t] leaves no room for it
   */
  public record Misjudged(long needless, long over) {}

  public static <S> Misjudged misjudged(Transition<S> transition, Limit limit) {
    Paired<S> paired = Paired.recording(transition, limit);
    Reachable<Both<S>> states = new Reachable<>(paired, limit, 1);
    long needless = 0;
    long over = 0;
    for (int node = 0; node < states.size(); node++) {
      Both<S> both = states.state(node);
      long now = states.instant(node);
      long truth = both == null ? 0 : truth(paired, both.log(), now, limit);
      long room = Math.max(0, limit.permits() - truth);
      long admits = admits(transition, both == null ? null : both.state(), now);
      needless = Math.max(needless, room - admits);
      over = Math.max(over, admits - room);
    }
    return new Misjudged(needless, over);
  }

  private static <S> long truth(Paired<S> paired, @Nullable Log log, long now, Limit limit) {
    Decision one = paired.log().apply(log, now, 1).decision();
    return Paired.room(limit) - one.remaining() - 1;
  }

  private static <S> long admits(Transition<S> transition, @Nullable S state, long now) {
    long units = 0;
    Transition.Step<S> step = transition.apply(state, now, 1);
    while (step.decision().allowed()) {
      units++;
      step = transition.apply(step.state(), now, 1);
    }
    return units;
  }
}
