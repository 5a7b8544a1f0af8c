package dev.ratelab.verification.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.fixtures.PageTables;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.search.LeaseBounds.Broken;
import dev.ratelab.verification.search.LeaseBounds.Row;
import dev.ratelab.verification.search.LeaseBounds.Setting;
import dev.ratelab.verification.search.LeaseWalk.Counted;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LeaseBoundsTest {
  private static final Path PAGE = Path.of("../docs/lease-bounds.md");

  /** No further setting is begun after it. */
  private static final Duration NIGHTLY = Duration.ofMinutes(20);

  @Test
  void nothingIsOverTheBoundAndThePageSaysHowNearItComes() throws IOException {
    PageTables.requireWritten(PAGE, "small", LeaseBounds.table(kept(LeaseBounds.small())));
  }

  /** All of them take hours: each night has some, in an order of its own. */
  @Tag("nightly")
  @Test
  void nothingIsOverTheBoundInLargerSettings() {
    List<Setting> settings = LeaseBounds.large();
    Collections.shuffle(settings);
    long start = System.nanoTime();
    long walked = 0;
    for (Setting each : settings) {
      Row row = LeaseBounds.row(each);
      assertThat(row.over()).as("%s", each).isZero();
      walked += row.values();
      if (each.algorithm() != Algorithm.FIXED_WINDOW && row.values() > 0) {
        assertThat(row.lost()).as("%s", each).isBetween(1, each.instances() * each.block());
      }
      if (System.nanoTime() - start > NIGHTLY.toNanos()) {
        break;
      }
    }
    assertThat(walked).as("values walked").isPositive();
  }

  @Test
  void everyFaultIsOverATerm() throws IOException {
    List<Broken> all = LeaseBounds.faults();
    for (LeaseFault fault : LeaseFault.values()) {
      boolean first = all.stream().anyMatch(each -> each.fault() == fault && each.first() > 0);
      boolean second = all.stream().anyMatch(each -> each.fault() == fault && each.second() > 0);
      switch (fault) {
        case NONE -> assertThat(first || second).as("%s", fault).isFalse();
        case HONEST_REFUND -> {
          assertThat(first).as("%s, first term", fault).isTrue();
          assertThat(second).as("%s, second term", fault).isFalse();
        }
        default -> assertThat(first || second).as("%s", fault).isTrue();
      }
    }
    PageTables.requireWritten(PAGE, "faults", LeaseBounds.tableOfFaults(all));
  }

  /** Because a block ends with the window in which it was charged. An interval that is no window's still sees twice N. */
  @Test
  void noWindowOfTheClockAdmitsMoreThanTheLimit() {
    Setting setting = new Setting(Algorithm.FIXED_WINDOW, new Limit(3, 5, 3), 1, 2, 5);
    for (int micros = 1; micros <= 5; micros++) {
      LeaseWalk.Worst worst =
          LeaseBounds.worst(setting, micros, LeaseFault.NONE, Counted.ADMITTED, 5);
      assertThat(worst.aligned()[5]).as("L = %s", micros).isEqualTo(3);
      assertThat(worst.most()[5]).as("L = %s", micros).isGreaterThan(3);
    }
  }

  private static List<Row> kept(List<Setting> settings) {
    List<Row> rows = LeaseBounds.rows(settings);
    for (Row row : rows) {
      Setting setting = row.setting();
      assertThat(row.over()).as("%s", setting).isZero();
      assertThat(row.met()).as("%s", setting).isPositive();
      if (setting.algorithm() != Algorithm.FIXED_WINDOW) {
        assertThat(row.lost()).as("%s", setting).isEqualTo(setting.instances() * setting.block());
      }
    }
    return rows;
  }
}
