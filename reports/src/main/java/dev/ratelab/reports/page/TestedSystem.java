package dev.ratelab.reports.page;

import dev.ratelab.reports.results.ConformVerdict;
import dev.ratelab.reports.results.ConformVerdict.Found;
import dev.ratelab.reports.results.Scoreboard.Allowed;
import dev.ratelab.reports.results.Scoreboard.Entry;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A system with what {@code conform} found out about it.
 *
 * @param subject what throughput results know it by, empty where nothing measures its speed
 * @param promised the algorithm that it promises, or {@code none}: then it was held to what it behaves like
 * @param allowed what its documentation allows, so that it is no fault
 */
record TestedSystem(
    ConformVerdict verdict, String subject, String promised, List<Allowed> allowed) {
  static final String NONE = "none";

  TestedSystem(Entry entry, ConformVerdict verdict) {
    this(verdict, entry.subject(), entry.algorithm(), entry.allowed());
  }

  String name() {
    return verdict.name();
  }

  /** The anchor of its section. */
  String id() {
    return "system-" + name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
  }

  /** The anchor of a finding: the style knows a fault by its middle. */
  String id(Found found) {
    return id() + (allows(found).isPresent() ? "-allowed-" : "-fault-") + found.fault();
  }

  Optional<Allowed> allows(Found found) {
    return allowed.stream().filter(one -> one.fault().equals(found.fault())).findFirst();
  }

  /** What was found and is not allowed. */
  List<Found> faults() {
    return verdict.findings().stream().filter(found -> allows(found).isEmpty()).toList();
  }

  /** Whether something of these kinds was found, allowed or not. */
  boolean shows(Set<String> faults) {
    return !verdict.findings(faults).isEmpty();
  }

  /** Whether it was held to anything: what promises nothing and behaves like nothing known, or never denied, cannot break a promise. */
  boolean judged() {
    return verdict.reachedLimit() && !verdict.promise().algorithm().equals(NONE);
  }

  /** What came of it, in a sentence or two. */
  String sentence() {
    if (!verdict.reachedLimit()) {
      return "It was never seen to both admit and deny, so nothing was tried.";
    }
    if (!judged()) {
      return "It promises none of the seven algorithms and behaves like none of them, so there is nothing to hold it to.";
    }
    int faults = faults().size();
    int allows = verdict.findings().size() - faults;
    String found = faults == 0
        ? "Nothing was found that breaks its promise."
        : faults == 1 ? "One finding." : "%s findings.".formatted(faults);
    String documented = allows == 0
        ? ""
        : allows == 1
            ? " One more is allowed by its documentation."
            : " %s more are allowed by its documentation.".formatted(allows);
    String like = verdict.behavesLike().equals(NONE)
        ? " It behaves like none of the seven algorithms."
        : " It behaves like %s.".formatted(verdict.behavesLike());
    return found + documented + like;
  }
}
