package dev.ratelab.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SampledRejectionsTest {
  private long now = -7;

  @Test
  void oneLineASecondCountsAllOfThem() {
    try (Logged log = new Logged(SampledRejections.class)) {
      SampledRejections rejections = new SampledRejections(() -> now);
      for (int i = 0; i < 1_000; i++) {
        rejections.rejected(400);
      }
      now += TimeUnit.SECONDS.toNanos(1) - 1;
      rejections.rejected(413);
      now += 1;
      rejections.rejected(422);

      assertThat(log.lines()).hasSize(2);
      assertThat(log.lines().get(0))
          .containsEntry("event", "rejected")
          .containsEntry("status", 400)
          .containsEntry("count", 1L);
      assertThat(log.lines().get(1)).containsEntry("status", 422).containsEntry("count", 1_001L);
    }
  }
}
