package dev.ratelab.verification.conform;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.CountedWindow.Renewal;
import dev.ratelab.verification.conform.tested.Admission;
import dev.ratelab.verification.conform.tested.RequestTemplate;
import dev.ratelab.verification.conform.tested.TestedUrl;
import dev.ratelab.verification.oracle.OracleRule;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What conform says of limiters of which it is known what is wrong with them.
 *
 * @param permits N of each
 * @param window W of each in microseconds
 * @param searches as in {@link Conformance}
 * @param together how many are attacked side by side: an attack waits for most of its time
 */
record Proof(long permits, long window, int searches, int together) {
  /** Who admits too much or too little tells waits that are wrong for the promise, or keeps a key for longer. */
  private static final Set<Fault> EXPLAINS = EnumSet.of(
      Fault.OVER_LIMIT,
      Fault.FORGETS_EARLY,
      Fault.TOO_STRICT,
      Fault.NO_RECOVERY,
      Fault.DENIED_IS_CHARGED);

  private static final Set<Fault> EXPLAINED =
      EnumSet.of(Fault.RETRY_AFTER, Fault.RESET_AFTER, Fault.REMAINING, Fault.NEVER_FORGETS);

  /** A fault that was not found, or found under another name: what was said of it. */
  record Missed(ConformFault fault, String words) {}

  /** Those that were missed in so many runs on each. */
  List<Missed> missed(Collection<ConformFault> faults, int runs) throws InterruptedException {
    List<Callable<List<Missed>>> trials = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      long seed = run;
      for (ConformFault fault : faults) {
        trials.add(() -> {
          List<Finding> found = findings(fault, seed);
          return isNamed(fault, found) ? List.of() : List.of(new Missed(fault, words(found)));
        });
      }
    }
    return all(trials);
  }

  /** What was found in so many runs on each right limiter. */
  List<String> accused(int runs) throws InterruptedException {
    List<Callable<List<String>>> trials = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      long seed = run;
      right()
          .forEach((name, limiter) -> trials.add(() -> {
            List<Finding> found = findings(limiter, seed);
            return found.isEmpty() ? List.of() : List.of(name + ": " + words(found));
          }));
    }
    return all(trials);
  }

  private static Map<String, LimiterBehaviour> right() {
    Map<String, LimiterBehaviour> right = new LinkedHashMap<>();
    for (Algorithm algorithm : Algorithm.values()) {
      right.put(algorithm.id(), LimiterBehaviour.right(algorithm));
    }
    right.put("fixed-window from the first request", new LimiterBehaviour() {
      @Override
      public Algorithm algorithm() {
        return Algorithm.FIXED_WINDOW;
      }

      @Override
      public KeyState state(OracleRule rule) {
        return new CountedWindow(rule, Renewal.BY_NONE);
      }
    });
    return right;
  }

  private List<Finding> findings(LimiterBehaviour behaviour, long seed)
      throws IOException, InterruptedException {
    OracleRule rule = behaviour.promised(permits, window);
    Limit limit = new Limit(rule.permits(), rule.window(), rule.burst());
    try (FaultyLimiter limiter = FaultyLimiter.start(behaviour, rule);
        TestedUrl asked = new TestedUrl(
            RequestTemplate.parse(
                limiter.url() + "/check?key=${key}&cost=${cost}", "GET", List.of()),
            Admission.BY_STATUS,
            URI.create(limiter.url() + "/held"))) {
      Trial trial = new Conformance(asked, limit, seed, searches, null).run(step -> {});
      return Judgement.of(new Promise(behaviour.algorithm(), limit, 1), trial);
    }
  }

  private static boolean isNamed(ConformFault fault, List<Finding> found) {
    if (found.isEmpty() || !fault.isNamed(found.get(0).fault())) {
      return false;
    }
    List<Finding> rest = found.subList(1, found.size());
    return rest.isEmpty()
        || (EXPLAINS.contains(fault.expected())
            && rest.stream().allMatch(finding -> EXPLAINED.contains(finding.fault())));
  }

  private static String words(List<Finding> found) {
    return found.isEmpty()
        ? "nothing found"
        : String.join(
            "; ",
            found.stream()
                .map(finding -> "%s of %s keys, under %s: %s"
                    .formatted(
                        finding.fault(),
                        finding.keys(),
                        finding.evidence().attack(),
                        finding.sentence()))
                .toList());
  }

  private <T> List<T> all(List<Callable<List<T>>> trials) throws InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(together);
    try {
      List<T> said = new ArrayList<>();
      for (Future<List<T>> trial : threads.invokeAll(trials)) {
        said.addAll(trial.get());
      }
      return said;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a trial went wrong", e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }
}
