package dev.ratelab.verification.history;

import org.junit.jupiter.api.Tag;

/** A hundred thousand checks of each algorithm. */
@Tag("nightly")
class RedisHistoriesNightlyTest extends RedisHistories {
  RedisHistoriesNightlyTest() {
    super(100_000);
  }
}
