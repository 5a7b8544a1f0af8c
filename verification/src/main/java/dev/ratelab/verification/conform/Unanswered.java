package dev.ratelab.verification.conform;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a trial shows of requests that got no answer. */
final class Unanswered {
  /** Of this much that was not answered, a busy machine may be the cause. */
  private static final double USUAL_LOSS = 0.01;

  private final Trial trial;

  Unanswered(Trial trial) {
    this.trial = trial;
  }

  /** The one that explains most, if there is any. */
  Optional<Finding> finding() {
    return tooMany().or(this::neverAnswered).or(this::troubled);
  }

  private Optional<Finding> tooMany() {
    List<KeyHistory> silent = trial.keys().stream()
        .filter(key -> !key.attack().troublesRedis())
        .filter(KeyHistory::isUnanswered)
        .toList();
    long lost = silent.stream()
        .flatMap(key -> key.seen().stream())
        .filter(one -> one.answer() == null)
        .count();
    if (lost <= trial.requests() * USUAL_LOSS) {
      return Optional.empty();
    }
    KeyHistory first = silent.get(0);
    return Optional.of(new Finding(
        Fault.NO_ANSWER,
        "%s of %s requests got no answer, the first: %s"
            .formatted(lost, trial.requests(), problem(first)),
        first,
        silent.size()));
  }

  /** A kind of key that is left without an answer each time, however few there are. */
  private Optional<Finding> neverAnswered() {
    Map<String, List<KeyHistory>> kinds = trial.keys().stream()
        .filter(key -> key.attack() == Attack.OTHER_KEY)
        .collect(Collectors.groupingBy(KeyHistory::about, LinkedHashMap::new, Collectors.toList()));
    return kinds.entrySet().stream()
        .filter(kind -> kind.getValue().size() > 1)
        .filter(kind -> kind.getValue().stream().allMatch(KeyHistory::isUnanswered))
        .findFirst()
        .map(kind -> new Finding(
            Fault.NO_ANSWER,
            "of keys that differ in %s one got no answer in each of %s tries: %s"
                .formatted(
                    kind.getKey(),
                    kind.getValue().size(),
                    problem(kind.getValue().get(0))),
            kind.getValue().get(0),
            kind.getValue().size()));
  }

  private static String problem(KeyHistory key) {
    return key.seen().stream()
        .filter(one -> one.answer() == null)
        .map(one -> String.valueOf(one.problem()))
        .findFirst()
        .orElse("");
  }

  /** What a Redis in trouble leaves without an answer when it is there again. */
  private Optional<Finding> troubled() {
    return trial.keys().stream()
        .filter(key -> key.attack().troublesRedis())
        .filter(key -> key.seen().get(key.seen().size() - 1).answer() == null)
        .findFirst()
        .map(key -> new Finding(
            Fault.NO_ANSWER,
            "after its Redis was %s a request got no answer: %s"
                .formatted(
                    key.attack().trouble(),
                    key.seen().get(key.seen().size() - 1).problem()),
            key,
            1));
  }
}
