package dev.ratelab.verification.subject;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.limiter.algorithm.Transition.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The pure Java transitions, without a store. */
public final class TransitionSubject implements Inspectable {
  private final String name;
  private final Function<Policy, Transition<?>> transitions;

  public TransitionSubject() {
    this("java", policy -> Transition.of(policy.algorithm(), policy.limit()));
  }

  /** Any transitions, faulty ones for example. */
  public TransitionSubject(String name, Function<Policy, Transition<?>> transitions) {
    this.name = name;
    this.transitions = transitions;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<Decision> decide(List<dev.ratelab.verification.subject.Step> steps) {
    return inspect(steps).stream().map(Footprint::decision).toList();
  }

  @Override
  public List<Footprint> inspect(List<dev.ratelab.verification.subject.Step> steps) {
    Map<Caller, Cell<?>> cells = new HashMap<>();
    List<Footprint> footprints = new ArrayList<>(steps.size());
    for (dev.ratelab.verification.subject.Step step : steps) {
      Cell<?> cell = cells.computeIfAbsent(
          step.caller(), caller -> new Cell<>(transitions.apply(caller.policy())));
      footprints.add(cell.apply(step.at(), step.cost()));
    }
    return footprints;
  }

  private static final class Cell<S> {
    private final Transition<S> transition;
    private @Nullable S state;

    Cell(Transition<S> transition) {
      this.transition = transition;
    }

    Footprint apply(long at, long cost) {
      Step<S> step = transition.apply(state, at, cost);
      S next = step.state();
      boolean changed = next == null ? state != null : !next.equals(state);
      state = next;
      return new Footprint(
          step.decision(), changed, next == null ? 0 : transition.resetAt(next) - at);
    }
  }
}
