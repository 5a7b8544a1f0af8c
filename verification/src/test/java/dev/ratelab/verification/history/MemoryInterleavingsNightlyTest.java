package dev.ratelab.verification.history;

import org.junit.jupiter.api.Tag;

@Tag("nightly")
class MemoryInterleavingsNightlyTest extends MemoryInterleavings {
  MemoryInterleavingsNightlyTest() {
    super(20, 500, 50, 1_000);
  }
}
