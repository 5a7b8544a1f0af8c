package dev.ratelab.verification.conform;

import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.oracle.OracleRule;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** An exact sliding window that reads its log, takes a while, and then writes the log back with one more entry. */
final class RacedLog implements KeyState {
  private static final int LONGEST_MILLIS = 3;

  private final OracleRule rule;
  private volatile List<Long> log = List.of();

  RacedLog(OracleRule rule) {
    this.rule = rule;
  }

  @Override
  public Answer check(long at, long cost) {
    List<Long> read =
        log.stream().filter(charged -> charged > at - rule.window()).toList();
    boolean allowed = read.size() + cost <= rule.permits();
    takeAWhile();
    if (allowed) {
      Stream<Long> more = LongStream.range(0, cost).mapToObj(i -> at);
      log = Stream.concat(read.stream(), more).toList();
    }
    return Answer.of(allowed);
  }

  private static void takeAWhile() {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextInt(1, LONGEST_MILLIS + 1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean isOver(long at) {
    return log.stream().allMatch(charged -> charged <= at - rule.window());
  }
}
