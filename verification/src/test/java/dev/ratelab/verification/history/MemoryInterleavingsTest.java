package dev.ratelab.verification.history;

/** What a build can wait for. */
class MemoryInterleavingsTest extends MemoryInterleavings {
  MemoryInterleavingsTest() {
    super(3, 100, 5, 200);
  }
}
