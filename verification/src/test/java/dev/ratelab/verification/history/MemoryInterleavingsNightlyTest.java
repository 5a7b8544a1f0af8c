package dev.ratelab.verification.history;

import org.junit.jupiter.api.Tag;

/** More scenarios, and each in more ways. */
@Tag("nightly")
class MemoryInterleavingsNightlyTest extends MemoryInterleavings {
  MemoryInterleavingsNightlyTest() {
    super(20, 500, 50, 1_000);
  }
}
