package dev.ratelab.verification.outage;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.redis.RedisClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * What a trial counted. A hot key's bound is the limit once more for each time that its state was lost.
 *
 * @param outage what was broken
 * @param client over which client
 * @param algorithm the algorithm's id
 * @param calls how many calls were made
 * @param undecided how many of them the failure policy answered
 * @param late how many were answered more than {@value #SLACK_MILLIS} ms after the deadline
 * @param worstMillis the longest wait for an answer
 * @param unconfirmed how many were admitted although Redis did not confirm it
 * @param overAdmitted the most that Redis admitted over the limit on one key
 * @param bound the most that the outage may admit over the limit on one key
 * @param overTotal what was admitted over the limit on all keys
 * @param boundTotal the most that may be, on all keys
 * @param chargedUndecided how many undecided calls were charged all the same
 * @param doubleCharges how many charges there were beyond one a call, or a block where blocks are borrowed
 * @param forgotten how many confirmed admissions were no longer charged at the end
 * @param broken what the outage should not have done, one sentence each
 */
public record Outcome(
    Outage outage,
    String client,
    String algorithm,
    long calls,
    long undecided,
    long late,
    long worstMillis,
    long unconfirmed,
    long overAdmitted,
    long bound,
    long overTotal,
    long boundTotal,
    long chargedUndecided,
    long doubleCharges,
    long forgotten,
    List<String> broken) {
  /** How late an answer may be because a machine is busy. */
  private static final long SLACK_MILLIS = 250;

  /** How late an answer may be at all: not a speed, but an end to a hang. */
  private static final long HANG_MILLIS = 30_000;

  private static final int BATCH = 1_000;

  /** Counts. The reader reaches what is left of the states, by the clock that wrote them. */
  static Outcome of(
      Outage outage,
      OutageTrial trial,
      String client,
      List<Call> calls,
      Map<String, Long> losses,
      boolean forgets,
      RedisClient reader) {
    List<String> broken = new ArrayList<>();
    long limit = trial.policy().limit().permits();

    long unconfirmed = calls.stream()
        .filter(call -> !call.decided() && call.decision().allowed())
        .count();
    if (unconfirmed > 0) {
      broken.add("%s calls were admitted that Redis did not confirm".formatted(unconfirmed));
    }

    long deadline = trial.policy().deadline().toMillis();
    long worst = calls.stream()
        .mapToLong(call -> TimeUnit.NANOSECONDS.toMillis(call.nanos()))
        .max()
        .orElse(0);
    if (worst > deadline + HANG_MILLIS) {
      broken.add("a call was answered after %s ms".formatted(worst));
    }

    Map<String, Long> admitted = new HashMap<>();
    calls.stream()
        .filter(call -> call.hot() && call.admitted())
        .forEach(call -> admitted.merge(call.key(), 1L, Long::sum));
    long overMost = 0;
    long overTotal = 0;
    for (Map.Entry<String, Long> key : admitted.entrySet()) {
      long over = Math.max(0, key.getValue() - limit);
      long bound = limit * losses.getOrDefault(key.getKey(), 0L);
      overMost = Math.max(overMost, over);
      overTotal += over;
      if (over > bound) {
        broken.add("%s was admitted %s over its limit; the bound is %s"
            .formatted(key.getKey(), over, bound));
      }
    }

    long chargedUndecided = 0;
    long doubleCharges = 0;
    long forgotten = 0;
    List<Call> single = calls.stream().filter(call -> !call.hot()).toList();
    List<Long> charges = charges(trial, reader, single);
    // Of a lease a whole block is charged.
    Lease lease = trial.policy().lease();
    long most = lease == null ? 1 : lease.permits();
    for (int i = 0; i < single.size(); i++) {
      doubleCharges += Math.max(0, charges.get(i) - most);
      chargedUndecided += !single.get(i).decided() && charges.get(i) > 0 ? 1 : 0;
      forgotten += single.get(i).admitted() && charges.get(i) == 0 ? 1 : 0;
    }
    if (doubleCharges > 0) {
      broken.add("%s charges beyond one a call".formatted(doubleCharges));
    }
    if (forgotten > 0 && !forgets) {
      broken.add("%s confirmed admissions were not charged".formatted(forgotten));
    }
    return new Outcome(
        outage,
        client,
        trial.policy().algorithm().id(),
        calls.size(),
        calls.stream().filter(call -> !call.decided()).count(),
        calls.stream()
            .filter(call -> call.nanos() > TimeUnit.MILLISECONDS.toNanos(deadline + SLACK_MILLIS))
            .count(),
        worst,
        unconfirmed,
        overMost,
        limit * losses.values().stream().mapToLong(Long::longValue).max().orElse(0),
        overTotal,
        limit * losses.values().stream().mapToLong(Long::longValue).sum(),
        chargedUndecided,
        doubleCharges,
        forgotten,
        List.copyOf(broken));
  }

  /** How much each of the keys was charged, told by one more request on each. */
  private static List<Long> charges(OutageTrial trial, RedisClient reader, List<Call> calls) {
    List<Long> charges = new ArrayList<>(calls.size());
    for (int from = 0; from < calls.size(); from += BATCH) {
      List<Request> batch = calls.subList(from, Math.min(from + BATCH, calls.size())).stream()
          .map(call -> trial.patient(call.key()))
          .toList();
      for (CompletionStage<RequestDecision> answer : trial.limiter(reader).checkAll(batch)) {
        Decision decision = answer.toCompletableFuture().join().decision();
        if (decision.decidedBy() != null) {
          throw new IllegalStateException("what the outage left behind could not be read");
        }
        long used = trial.policy().limit().burst() - decision.remaining();
        charges.add(decision.allowed() ? used - 1 : used);
      }
    }
    return charges;
  }

  public static String table(List<Outcome> outcomes) {
    StringBuilder table = new StringBuilder("""
        | fault | client | algorithm | calls | undecided | admitted unconfirmed | late | longest wait | over-admission, worst key / bound | over-admission, all keys / bound | undecided but charged | charged twice | confirmed, then lost |
        |---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
        """);
    for (Outcome each : outcomes) {
      table.append(
          "| %s | %s | %s | %s | %s | %s | %s | %s ms | %s / %s | %s / %s | %s | %s | %s |\n"
              .formatted(
                  each.outage.title(),
                  each.client,
                  each.algorithm,
                  each.calls,
                  each.undecided,
                  each.unconfirmed,
                  each.late,
                  each.worstMillis,
                  each.overAdmitted,
                  each.bound,
                  each.overTotal,
                  each.boundTotal,
                  each.chargedUndecided,
                  each.doubleCharges,
                  each.forgotten));
    }
    return table.toString();
  }
}
