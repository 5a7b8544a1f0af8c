package dev.ratelab.verification.history;

import org.junit.jupiter.api.Tag;

@Tag("nightly")
class RedisHistoriesNightlyTest extends RedisHistories {
  RedisHistoriesNightlyTest() {
    super(100_000);
  }
}
