package dev.ratelab.cli;

import dev.ratelab.bench.workload.TextLines;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.DurationText;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.Conclusion;
import dev.ratelab.verification.conform.Fault;
import dev.ratelab.verification.conform.Finding;
import dev.ratelab.verification.conform.Promise;
import dev.ratelab.verification.conform.Trial;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import dev.ratelab.verification.conform.tested.TestedLimiter.Ability;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What {@code conform} has found out, for a terminal. */
final class ConclusionText {
  private ConclusionText() {}

  /**
   * Prints it.
   *
   * @param promised what the user says it promises, or null
   * @param evidence where a fault's evidence is
   */
  static void print(
      PrintWriter out,
      TestedLimiter limiter,
      @Nullable Algorithm promised,
      Conclusion conclusion,
      Function<Fault, Path> evidence) {
    Limit limit = conclusion.limit();
    Trial trial = conclusion.trial();
    out.println(String.format(
        Locale.ROOT,
        "%s was asked %,d times on %s keys within %.1f s.",
        limiter.name(),
        trial.requests(),
        trial.keys().size(),
        trial.seconds()));
    out.println("It behaves like %s."
        .formatted(
            conclusion.behavesLike().map(Algorithm::id).orElse("none of the seven algorithms")));
    long most = trial.mostWithin(limit.windowMicros());
    out.println(String.format(
        Locale.ROOT,
        "Within one window of %s it admitted up to %s, %.2f of its limit.",
        DurationText.of(limit.window()),
        most,
        (double) most / limit.permits()));
    List<String> untried = Arrays.stream(Ability.values())
        .filter(ability -> !limiter.abilities().contains(ability))
        .map(ability -> switch (ability) {
          case COST -> "costs over 1";
          case HELD -> "state after idling";
          case ANOTHER -> "a second instance";
          case CLOCK -> "whose clock decides";
        })
        .toList();
    if (!untried.isEmpty()) {
      out.println("Not tried, as it cannot be asked for: " + String.join(", ", untried) + ".");
    }
    trial.untried().forEach(part -> out.println("Could not be tried: " + part));
    Promise judged = conclusion.judged();
    if (judged == null) {
      out.println("Name what it promises with --promise to see where it differs.");
    } else if (!trial.reachedTheLimit()) {
      out.println(
          "It was never seen to both admit and deny, so nothing was tried: a smaller --limit, or a longer --window, is reached sooner.");
    } else if (conclusion.findings().isEmpty()) {
      out.println("It keeps what %s promises%s."
          .formatted(
              judged.algorithm().id(),
              (promised == null ? ", the algorithm it behaves like" : "")
                  + (trial.untried().isEmpty() ? "" : ", in what was tried")));
    }
    for (Finding finding : conclusion.findings()) {
      out.println();
      out.println("%s: it %s".formatted(finding.fault(), finding.fault().title()));
      out.println("  " + finding.sentence());
      out.println("  seen on %s, for example %s"
          .formatted(TextLines.counted(finding.keys(), "key"), evidence.apply(finding.fault())));
    }
  }
}
