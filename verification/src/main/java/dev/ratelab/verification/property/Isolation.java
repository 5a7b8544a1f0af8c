package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Policy;
import dev.ratelab.verification.subject.Caller;
import dev.ratelab.verification.subject.Step;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Many callers at once, whose names collide wherever keys are joined without separators, cut, folded, quoted or decoded
 * carelessly: each gets the answers that it gets alone.
 */
final class Isolation {
  private static final int ARRIVALS = 6;
  private static final String LONG = "x".repeat(10 * 1024);

  /** Pairs of neighbours are the ones most easily taken for each other. */
  private static final List<String> KEYS =
      List.of(("| |a|A|a |a:|:a|a:b|a::b|{a}|{a}b|{}a|}a{|a\0|a\0b|a\n|*|?"
              + "|\uFFFD|\uD800|\uD801|\uDC00|\uD800\uDC00|\u00E9|e\u0301|LONG|LONGy|LONGz|n:p:a|p:a|-1|0|00|null")
          .replace("LONG", LONG)
          .split("\\|", -1));

  private record Names(String namespace, String policy) {}

  private static final List<Names> NAMES = List.of(
      new Names("n", "p"),
      new Names("np", "p"),
      new Names("n", "pp"),
      new Names("n.p", "p"),
      new Names("n", "p.p"),
      new Names("n-p", "p"),
      new Names("N", "p"),
      new Names("n", "P"));

  private Isolation() {}

  static void check(VerifiedSubject subject, Scenario scenario) {
    List<Caller> callers = callers(scenario.policy());
    Map<Caller, List<Arrival>> mine = new HashMap<>();
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < callers.size(); i++) {
      Caller caller = callers.get(i);
      List<Arrival> arrivals = share(scenario, i);
      mine.put(caller, arrivals);
      arrivals.forEach(arrival -> steps.add(arrival.by(caller)));
    }
    steps.sort(Comparator.comparingLong(Step::at));
    Map<Caller, List<Decision>> together = new HashMap<>();
    List<Decision> decisions = subject.decide(steps);
    for (int i = 0; i < decisions.size(); i++) {
      together
          .computeIfAbsent(steps.get(i).caller(), caller -> new ArrayList<>())
          .add(decisions.get(i));
    }
    Map<List<Arrival>, List<Decision>> alone = new HashMap<>();
    for (Caller caller : callers) {
      List<Arrival> arrivals = mine.getOrDefault(caller, List.of());
      // A caller's name must not matter either, so one run alone serves all with these arrivals.
      List<Decision> expected =
          alone.computeIfAbsent(arrivals, same -> scenario.with(same).decide(subject));
      if (!expected.equals(together.get(caller))) {
        throw new Played(subject, scenario.with(arrivals), together.getOrDefault(caller, List.of()))
            .broken(
                "namespace %s, policy %s, key %s among others is not answered as it is alone: %s"
                    .formatted(
                        caller.namespace(), caller.policy().name(), quote(caller.key()), expected));
      }
    }
  }

  private static List<Caller> callers(Policy policy) {
    List<Caller> callers = new ArrayList<>();
    KEYS.forEach(key -> callers.add(new Caller("n", policy, key)));
    for (Names names : NAMES) {
      Policy named = Policy.of(names.policy, policy.algorithm(), policy.limit());
      callers.add(new Caller(names.namespace, named, "k"));
      callers.add(new Caller(names.namespace, named, "pk"));
    }
    return callers;
  }

  /** Neighbours get different parts of the scenario, so that one's state cannot pass for the other's. */
  private static List<Arrival> share(Scenario scenario, int caller) {
    int size = scenario.arrivals().size();
    int from = Math.min(caller % 3, size - 1);
    return scenario.arrivals().subList(from, Math.min(size, from + ARRIVALS));
  }

  private static String quote(String key) {
    StringBuilder quoted = new StringBuilder("\"");
    key.chars()
        .limit(20)
        .forEach(c -> quoted.append(
            c > ' ' && c < 0x7f
                ? String.valueOf((char) c)
                : String.format(Locale.ROOT, "\\u%04X", c)));
    return quoted.append(key.length() > 20 ? "\"…" : "\"").toString();
  }
}
