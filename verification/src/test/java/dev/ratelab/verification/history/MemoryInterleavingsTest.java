package dev.ratelab.verification.history;

class MemoryInterleavingsTest extends MemoryInterleavings {
  MemoryInterleavingsTest() {
    super(3, 100, 5, 200);
  }
}
