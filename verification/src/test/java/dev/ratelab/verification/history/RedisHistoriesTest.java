package dev.ratelab.verification.history;

/** Some thousands of checks of each algorithm. */
class RedisHistoriesTest extends RedisHistories {
  RedisHistoriesTest() {
    super(4_000);
  }
}
