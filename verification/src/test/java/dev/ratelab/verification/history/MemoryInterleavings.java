package dev.ratelab.verification.history;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.ratelab.limiter.Algorithm;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuarantee;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The in-memory limiter under Lincheck: requests of one policy and of two together. Model checking chooses at each access to shared
 * memory which thread goes on. A concurrent map counts as one access there, since its own steps are far too many and are its authors' to
 * prove. What works on values alone is passed over, the algorithms too: so two of them stand for all. The log is
 * one, since its weight in the store changes. The stress mode runs all of it on the processor's own schedule.
 */
@Tag("interleavings")
abstract class MemoryInterleavings {
  private static final ManagedStrategyGuarantee LIBRARIES_ARE_ATOMIC =
      atomic("java.util.concurrent.ConcurrentHashMap");

  private static final ManagedStrategyGuarantee VALUES_NEED_NO_SWITCH =
      ignoring(MemoryInterleavings::isValue);

  private final int modelIterations;
  private final int modelInvocations;
  private final int stressIterations;
  private final int stressInvocations;

  /** In each mode how many scenarios, and in how many ways each is run. */
  MemoryInterleavings(
      int modelIterations, int modelInvocations, int stressIterations, int stressInvocations) {
    this.modelIterations = modelIterations;
    this.modelInvocations = modelInvocations;
    this.stressIterations = stressIterations;
    this.stressInvocations = stressInvocations;
  }

  /** All of these classes as one access to shared memory each. */
  static ManagedStrategyGuarantee atomic(String prefix) {
    return ManagedStrategyGuaranteeKt.forClasses(name -> name.startsWith(prefix))
        .allMethods()
        .treatAsAtomic();
  }

  /** What works on values that never change, or on what one thread has. */
  static ManagedStrategyGuarantee ignoring(Predicate<String> classes) {
    return ManagedStrategyGuaranteeKt.forClasses(classes::test).allMethods().ignore();
  }

  private static boolean isValue(String name) {
    if (name.startsWith("dev.ratelab.limiter")) {
      return Stream.of("MemoryRateLimiter", "CounterStore", "Shard")
          .noneMatch(shared -> name.startsWith("dev.ratelab.limiter.memory." + shared));
    }
    return name.equals(MemoryStores.class.getName())
        || name.startsWith("org.slf4j")
        || (name.startsWith("java.util.") && !name.startsWith("java.util.concurrent."));
  }

  /** What Lincheck runs to show that it can. */
  public static final class Nothing {
    @Operation
    public int zero() {
      return 0;
    }
  }

  @BeforeAll
  static void requireLincheck() {
    try {
      new ModelCheckingOptions().iterations(1).invocationsPerIteration(1).check(Nothing.class);
    } catch (RuntimeException | LinkageError e) {
      abort("Lincheck does not run on this JDK: " + e);
    }
  }

  private static ModelCheckingOptions modelChecking(int iterations, int invocations) {
    return new ModelCheckingOptions()
        .iterations(iterations)
        .invocationsPerIteration(invocations)
        .threads(2)
        .actorsPerThread(2)
        .actorsBefore(1)
        .actorsAfter(1)
        .addGuarantee(LIBRARIES_ARE_ATOMIC)
        .addGuarantee(VALUES_NEED_NO_SWITCH);
  }

  private static StressOptions stress(int iterations, int invocations) {
    return new StressOptions()
        .iterations(iterations)
        .invocationsPerIteration(invocations)
        .threads(3)
        .actorsPerThread(3)
        .actorsBefore(0)
        .actorsAfter(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"GCRA", "SLIDING_WINDOW_LOG"})
  void checksAreLinearizableUnderModelChecking(Algorithm algorithm) {
    MemoryStores.algorithm = algorithm;
    modelChecking(modelIterations, modelInvocations)
        .sequentialSpecification(MemoryStores.Sequential.class)
        .check(MemoryStores.Roomy.class);
  }

  @ParameterizedTest
  @EnumSource
  void checksAreLinearizableUnderStress(Algorithm algorithm) {
    MemoryStores.algorithm = algorithm;
    stress(stressIterations, stressInvocations)
        .sequentialSpecification(MemoryStores.Sequential.class)
        .check(MemoryStores.Roomy.class);
  }

  @Test
  void checksAreLinearizableWhileAShardIsSplit() {
    MemoryStores.algorithm = Algorithm.GCRA;
    // One call a thread, as many in all: a quarter of such scenarios can find a fault, at one of
    // some hundred places.
    modelChecking(4 * modelIterations, 3 * modelInvocations)
        .actorsPerThread(1)
        .sequentialSpecification(MemoryStores.Sequential.class)
        .check(MemoryStores.Splitting.class);
  }

  @Test
  void checksAreLinearizableWhileShardsAreMerged() {
    MemoryStores.algorithm = Algorithm.GCRA;
    // Before the two threads the first call would merge them.
    modelChecking(4 * modelIterations, 3 * modelInvocations)
        .actorsBefore(0)
        .actorsPerThread(1)
        .sequentialSpecification(MemoryStores.Sequential.class)
        .check(MemoryStores.Merging.class);
  }

  @ParameterizedTest
  @EnumSource(names = {"GCRA", "SLIDING_WINDOW_LOG"})
  void noAdmissionEscapesAnEvictionUnderModelChecking(Algorithm algorithm) {
    MemoryStores.algorithm = algorithm;
    modelChecking(modelIterations, modelInvocations)
        .verifier(EpsilonVerifier.class)
        .check(MemoryStores.Crowded.class);
  }

  @ParameterizedTest
  @EnumSource
  void noAdmissionEscapesAnEvictionUnderStress(Algorithm algorithm) {
    MemoryStores.algorithm = algorithm;
    stress(stressIterations, stressInvocations)
        .verifier(EpsilonVerifier.class)
        .check(MemoryStores.Crowded.class);
  }

  @Test
  void evictionsAreLinearizableUnderModelChecking() {
    MemoryStores.algorithm = Algorithm.TOKEN_BUCKET;
    modelChecking(2 * modelIterations, modelInvocations)
        .sequentialSpecification(MemoryStores.Sequential.class)
        .check(ShardProtocol.Sound.class);
  }

  /** The planted faults, and so the proof that both modes can fail. */
  @ParameterizedTest
  @ValueSource(
      classes = {
        ShardProtocol.ChargesWhatIsOld.class,
        ShardProtocol.ReadsHalfACharge.class,
        ShardProtocol.IgnoresLocks.class,
        ShardProtocol.RemovesInSilence.class,
        ShardProtocol.ChargesUnlocked.class
      })
  void faultsAreCaughtByModelChecking(Class<? extends ShardProtocol> faulty) {
    MemoryStores.algorithm = Algorithm.TOKEN_BUCKET;
    requireCaught(modelChecking(100, 500), faulty);
  }

  @Test
  void aChargeOfWhatIsOldIsCaughtByStress() {
    MemoryStores.algorithm = Algorithm.TOKEN_BUCKET;
    requireCaught(stress(100, 10_000), ShardProtocol.ChargesWhatIsOld.class);
  }

  private static void requireCaught(Options<?, ?> options, Class<? extends ShardProtocol> faulty) {
    options.minimizeFailedScenario(false);
    options.sequentialSpecification(MemoryStores.Sequential.class);
    assertThatThrownBy(() -> options.check(faulty))
        .isInstanceOf(LincheckAssertionError.class)
        .hasMessageContaining("Invalid execution results");
  }
}
