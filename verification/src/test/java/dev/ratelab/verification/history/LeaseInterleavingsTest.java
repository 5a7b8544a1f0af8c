package dev.ratelab.verification.history;

import java.util.stream.Stream;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Leases under Lincheck: threads that spend, borrow and are answered, and requests of two policies. */
@Tag("interleavings")
class LeaseInterleavingsTest {
  private static boolean isValue(String name) {
    if (name.startsWith("dev.ratelab.limiter")) {
      return Stream.of("Block", "Borrower", "Leased")
          .noneMatch(shared -> name.startsWith("dev.ratelab.limiter.lease." + shared));
    }
    return name.startsWith("java.util.") && !name.startsWith("java.util.concurrent.");
  }

  @BeforeAll
  static void requireLincheck() {
    MemoryInterleavings.requireLincheck();
  }

  @Test
  void whatIsGrantedIsSpentOnceUnderModelChecking() {
    new ModelCheckingOptions()
        .iterations(30)
        .invocationsPerIteration(50)
        .threads(2)
        .actorsPerThread(3)
        .actorsBefore(2)
        .actorsAfter(0)
        .minimizeFailedScenario(false)
        .addGuarantee(MemoryInterleavings.atomic("java.util.concurrent."))
        .addGuarantee(MemoryInterleavings.ignoring(LeaseInterleavingsTest::isValue))
        .verifier(EpsilonVerifier.class)
        .check(LeasedCounterCalls.class);
  }

  /** Not under model checking: Lincheck 3.7 does not follow a sorted stream. */
  @Test
  void allIsAnsweredAndSpentOnceUnderStress() {
    new StressOptions()
        .iterations(5)
        .invocationsPerIteration(200)
        .threads(3)
        .actorsPerThread(3)
        .actorsBefore(2)
        .actorsAfter(0)
        .minimizeFailedScenario(false)
        .verifier(EpsilonVerifier.class)
        .check(LeasedRequestCalls.class);
  }
}
