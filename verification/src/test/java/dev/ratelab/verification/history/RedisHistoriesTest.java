package dev.ratelab.verification.history;

class RedisHistoriesTest extends RedisHistories {
  RedisHistoriesTest() {
    super(4_000);
  }
}
