package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import dev.ratelab.reports.results.ConformVerdict;
import dev.ratelab.reports.results.ConformVerdict.Found;
import java.util.List;
import java.util.Set;

/** What {@code conform} tries, a column of the scoreboard each. */
enum TestedPart {
  CURVE(
      "admits",
      "E(W)/N",
      "How much of N did one key surely get within one window, at most? What is over the promised curve is a fault.",
      "OVER_LIMIT",
      "FORGETS_EARLY"),
  STRICT(
      "admits",
      "denies needlessly",
      "Was a request denied though its key surely had room?",
      "TOO_STRICT",
      "NO_RECOVERY"),
  DENIED(
      "admits",
      "denied costs",
      "Does a denied request take from what is left?",
      "DENIED_IS_CHARGED"),
  RACE(
      "admits",
      "race",
      "Does it count right when many ask at one instant, from two instances where they share their state?",
      "RACE"),
  COST(
      "admits",
      "cost > 1",
      "Is a request's weight what it says? Not tried where it takes none.",
      "COST"),
  KEYS("admits", "keys apart", "Are keys that differ little counted apart?", "SHARED_KEYS"),
  RETRY(
      "tells",
      "retryAfter",
      "Is the wait it tells with a denial the wait until it admits? Not tried where it tells none.",
      "RETRY_AFTER"),
  RESET(
      "tells",
      "resetAfter",
      "Is it as new after the wait it tells? Not tried where it tells none.",
      "RESET_AFTER"),
  REMAINING(
      "tells",
      "remaining",
      "Does it admit as many more as it tells? Not tried where it tells none.",
      "REMAINING"),
  CLOCK(
      "state",
      "clock",
      "Does an instance whose clock is an hour off count the same? Not tried where its clock cannot be set.",
      "CALLERS_CLOCK"),
  IDLE(
      "state",
      "idle state",
      "Is state that is over given back? Not tried where it does not tell what it holds.",
      "NEVER_FORGETS"),
  ANSWERS(
      "state",
      "answers",
      "Does it answer, also after its Redis was rid of its scripts, emptied or restarted?",
      "NO_ANSWER");

  /** What shows when one asks once after the other would show as well when many ask at once. */
  private static final Set<String> OF_ADMISSION =
      Set.of("OVER_LIMIT", "FORGETS_EARLY", "TOO_STRICT", "NO_RECOVERY", "DENIED_IS_CHARGED");

  private final String group;
  private final String title;
  private final String question;

  @SuppressWarnings("ImmutableEnumChecker") // Set.of
  private final Set<String> faults;

  TestedPart(String group, String title, String question, String... faults) {
    this.group = group;
    this.title = title;
    this.question = question;
    this.faults = Set.of(faults);
  }

  Column column() {
    return new Column(group, title, this == CURVE);
  }

  String title() {
    return title;
  }

  String question() {
    return question;
  }

  /** Whether it could be tried at all. */
  private boolean tried(ConformVerdict verdict) {
    return switch (this) {
      case COST -> verdict.abilities().contains("COST");
      case CLOCK -> verdict.abilities().contains("CLOCK");
      case IDLE -> verdict.abilities().contains("HELD");
      case RETRY -> verdict.told().contains("retryAfter");
      case RESET -> verdict.told().contains("resetAfter");
      case REMAINING -> verdict.told().contains("remaining");
      default -> true;
    };
  }

  /** The findings that this one would show as, too. */
  private Set<String> hiddenBy() {
    return switch (this) {
      case DENIED -> Set.of("TOO_STRICT", "NO_RECOVERY");
      case RACE, COST, CLOCK -> OF_ADMISSION;
      case KEYS -> Set.of("TOO_STRICT");
      default -> Set.of();
    };
  }

  /** What came of it for a system, with the way to its evidence. */
  Cell cell(TestedSystem system) {
    List<Found> findings = system.verdict().findings(faults);
    List<Found> broken =
        findings.stream().filter(found -> system.allows(found).isEmpty()).toList();
    Found shown = !broken.isEmpty() ? broken.get(0) : findings.isEmpty() ? null : findings.get(0);
    if (this == CURVE) {
      ConformVerdict verdict = system.verdict();
      Cell ratio = Cell.of(
          Numbers.ratio((double) verdict.mostInWindow() / verdict.promise().permits()),
          shown == null ? "" : broken.isEmpty() ? "allowed" : "fault");
      return ratio.to(shown == null ? system.id() : system.id(shown));
    }
    if (shown != null) {
      return Cell.of(broken.isEmpty() ? "allowed" : "fault").to(system.id(shown));
    }
    if (!system.judged()) {
      return Cell.of("", "not judged");
    }
    if (!tried(system.verdict())) {
      return Cell.of("", "not tried");
    }
    return system.shows(hiddenBy()) ? Cell.of("", "unclear") : Cell.of("ok").to(system.id());
  }
}
