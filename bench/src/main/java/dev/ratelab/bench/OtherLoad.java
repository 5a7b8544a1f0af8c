package dev.ratelab.bench;

import dev.ratelab.reports.results.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Watches for what takes the processors away from a run. Time that the hypervisor gave to other machines while this one
 * wanted to run (steal) shows in no load average. Where the kernel does not say, nothing is warned of.
 */
public final class OtherLoad {
  private static final Path STAT = Path.of("/proc/stat");
  private static final int STEAL = 7;
  private static final double MUCH = 0.01;

  private final Path stat;
  private final long[] begin;

  /** Watches from now on. */
  public OtherLoad() {
    this(STAT);
  }

  OtherLoad(Path stat) {
    this.stat = stat;
    begin = ticks(stat);
  }

  /** What should make a reader careful; empty if nothing. */
  public Optional<Notice> warning() {
    long[] end = ticks(stat);
    if (begin.length <= STEAL || end.length <= STEAL) {
      return Optional.empty();
    }
    // The first eight are disjoint; guests' time after them is in user time already.
    long all = Arrays.stream(end, 0, STEAL + 1).sum()
        - Arrays.stream(begin, 0, STEAL + 1).sum();
    double stolen = all <= 0 ? 0 : (double) (end[STEAL] - begin[STEAL]) / all;
    return stolen <= MUCH
        ? Optional.empty()
        : Optional.of(Notice.warning(
            "steal",
            String.format(
                Locale.ROOT,
                "the hypervisor gave %.1f %% of the processors' time to other machines during the run",
                stolen * 100)));
  }

  /** The counters of all processors together; empty if there are none to read. */
  private static long[] ticks(Path stat) {
    try {
      String first = Files.readAllLines(stat).get(0);
      return Arrays.stream(first.split(" +", -1))
          .skip(1)
          .mapToLong(Long::parseLong)
          .toArray();
    } catch (IOException | RuntimeException e) {
      return new long[0];
    }
  }
}
