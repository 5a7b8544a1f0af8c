package dev.ratelab.verification.conform;

import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.ToldWait;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a limiter tells beside its decision, held against what it decides next. Only keys whose requests follow one another are
 * looked at.
 */
final class Told {
  private final Promise promise;
  private final KeyHistory key;
  private final List<Observation> seen;

  Told(Promise promise, KeyHistory key) {
    this.promise = promise;
    this.key = key;
    // One that was not answered may be decided at any time, also between two that follow it.
    seen = key.seen().stream().takeWhile(one -> one.answer() != null).toList();
  }

  /** A broken word about the wait until the same request is admitted. */
  Optional<Finding> retryAfter() {
    for (int i = 0; i + 1 < seen.size(); i++) {
      Observation asked = seen.get(i);
      Observation next = seen.get(i + 1);
      Answer answer = asked.answer();
      ToldWait told = answer == null || answer.allowed() ? null : answer.retryAfter();
      if (told == null) {
        continue;
      }
      long slack = promise.slack(told.micros());
      // Who says "now" says it to the unit.
      long unit = told.micros() == 0 ? 0 : told.unitMicros();
      if (next.denied()
          && next.cost() == asked.cost()
          && next.sent() - asked.answered() >= told.micros() + unit + slack) {
        return found(
            Fault.RETRY_AFTER,
            i + 2,
            "a denied request was told to come back after %s; the same request %s later was denied"
                .formatted(length(told.micros()), length(next.sent() - asked.answered())));
      }
      if (next.admitted()
          && next.cost() >= asked.cost()
          && next.answered() - asked.sent() + told.unitMicros() + slack <= told.micros()) {
        return found(
            Fault.RETRY_AFTER,
            i + 2,
            "a denied request was told to come back after %s; the same request was admitted within %s"
                .formatted(length(told.micros()), length(next.answered() - asked.sent())));
      }
    }
    return Optional.empty();
  }

  /** A broken word about the wait until the limiter is as new. */
  Optional<Finding> resetAfter() {
    for (int i = 0; i < seen.size(); i++) {
      Observation asked = seen.get(i);
      Answer answer = asked.answer();
      ToldWait told = answer == null ? null : answer.resetAfter();
      if (told == null) {
        continue;
      }
      long slack = promise.slack(told.micros());
      if (told.micros() > promise.life() + told.unitMicros() + slack) {
        return found(
            Fault.RESET_AFTER,
            i + 1,
            "it was told to be as new after %s; %s of silence are enough"
                .formatted(length(told.micros()), length(promise.life())));
      }
      if (i + 1 < seen.size()
          && seen.get(i + 1).sent() - asked.answered()
              >= told.micros() + told.unitMicros() + slack) {
        int admitted = 0;
        while (i + 1 + admitted < seen.size() && seen.get(i + 1 + admitted).admitted()) {
          admitted++;
        }
        int end = i + 1 + admitted;
        if (end < seen.size()
            && seen.get(end).denied()
            && cost(i + 1, end) + seen.get(end).cost() <= promise.capacity()) {
          return found(
              Fault.RESET_AFTER,
              end + 1,
              "it was told to be as new after %s; after %s of silence it admitted %s of %s"
                  .formatted(
                      length(told.micros()),
                      length(seen.get(i + 1).sent() - asked.answered()),
                      cost(i + 1, end),
                      promise.capacity()));
        }
      }
    }
    return Optional.empty();
  }

  /** A broken word about how many more would be admitted. */
  Optional<Finding> remaining() {
    for (int i = 0; i < seen.size(); i++) {
      Answer answer = seen.get(i).answer();
      Long told = answer == null ? null : answer.remaining();
      if (told == null) {
        continue;
      }
      int next = i + 1;
      while (next < seen.size() && seen.get(next).admitted() && next - i <= told) {
        next++;
      }
      // Waiting never takes from what is left.
      if (next < seen.size()
          && seen.get(next).denied()
          && seen.get(next).cost() == 1
          && cost(i + 1, next) < told) {
        return found(
            Fault.REMAINING,
            next + 1,
            "%s more were said to be left; %s were admitted and then one was denied"
                .formatted(told, cost(i + 1, next)));
      }
    }
    return tooLittle();
  }

  /** Only the first answer of a key is sure: later ones may be followed by what has come back since. */
  private Optional<Finding> tooLittle() {
    Answer first = seen.isEmpty() ? null : seen.get(0).answer();
    Long told = first == null || !first.allowed() ? null : first.remaining();
    // A window that begins anew is seen by what is left then, but not where that is nothing.
    if (told == null || told >= promise.capacity() || promise.capacity() == 1) {
      return Optional.empty();
    }
    long interval = untilOneComesBack();
    long admitted = 0;
    long rest = told;
    for (int next = 1; next < seen.size(); next++) {
      Observation one = seen.get(next);
      Answer answer = one.answer();
      if (!one.admitted()
          || answer == null
          || answer.remaining() == null
          // What jumps up has begun anew in between.
          || answer.remaining() > Math.max(0, rest - one.cost())
          || one.answered() - seen.get(0).sent() + promise.slack(interval) >= interval) {
        return Optional.empty();
      }
      rest = answer.remaining();
      admitted += one.cost();
      if (admitted > told) {
        return found(
            Fault.REMAINING,
            next + 1,
            "%s more were said to be left of a new key; %s were admitted within %s"
                .formatted(told, admitted, length(one.answered() - seen.get(0).sent())));
      }
    }
    return Optional.empty();
  }

  /** How long after its first request a key has surely got nothing back, but by a window that begins anew. */
  private long untilOneComesBack() {
    return switch (promise.algorithm()) {
      case FIXED_WINDOW, SLIDING_WINDOW_LOG -> promise.limit().windowMicros();
      default -> promise.limit().windowMicros() / promise.limit().permits();
    };
  }

  private long cost(int from, int to) {
    return seen.subList(from, to).stream().mapToLong(Observation::cost).sum();
  }

  private Optional<Finding> found(Fault fault, int end, String sentence) {
    return Optional.of(new Finding(fault, sentence, key.of(seen.subList(0, end)), 1));
  }

  static String length(long micros) {
    return String.format(Locale.ROOT, "%.1f ms", micros / 1e3);
  }
}
