package dev.ratelab.verification.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.verification.TestRedis;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Scenario;
import dev.ratelab.verification.property.Violation;
import dev.ratelab.verification.subject.MemorySubject;
import dev.ratelab.verification.subject.RedisSubject;
import dev.ratelab.verification.suite.Counterexample;
import dev.ratelab.verification.suite.CounterexampleFile;
import dev.ratelab.verification.suite.PropertyRun;
import dev.ratelab.verification.suite.Replay;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.sessions.JqwikSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each planted fault is caught by each property that it names, and by nothing but the fault. */
@Tag("planted")
public class PlantedFaultsTest {
  private static final int TRIES = 1_000;
  private static final long SEED = 20_260_101;

  private static final List<PlantedFault> FAULTS = Stream.of(
          TransitionFaults.all(),
          new ScriptFaults(TestRedis.lettuce()).all(),
          RequestFaults.inMemory(),
          RequestFaults.inScript(TestRedis.lettuce()),
          BorrowingFaults.all(),
          new CallerFaults(new MemorySubject()).all(),
          new CallerFaults(new RedisSubject(TestRedis.lettuce())).all())
      .flatMap(List::stream)
      .toList();

  /** The faults in scripts as a table for people; what it says of each is what is tested here. */
  public static String tableOfScripts() {
    StringBuilder table = new StringBuilder("| fault | script | caught by |\n|---|---|---|\n");
    for (PlantedFault fault : new ScriptFaults(TestRedis.lettuce()).all()) {
      String properties =
          fault.caughtBy().stream().map(Property::title).collect(Collectors.joining(", "));
      table.append("| %s | %s | %s |\n".formatted(fault.title(), fault.algorithm(), properties));
    }
    return table.toString();
  }

  static List<Arguments> faultsAndProperties() {
    return FAULTS.stream()
        .flatMap(fault -> fault.caughtBy().stream().map(property -> Arguments.of(fault, property)))
        .toList();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("faultsAndProperties")
  void isCaught(PlantedFault fault, Property property) {
    JqwikSession.run(() -> {
      RandomGenerator<Scenario> scenarios = fault.scenarios().apply(property).generator(TRIES);
      Random random = new Random(SEED);
      for (int i = 0; i < TRIES; i++) {
        Scenario scenario = scenarios.next(random).value();
        property.check(fault.sound(), scenario);
        try {
          property.check(fault.faulty(), scenario);
        } catch (Violation caught) {
          return;
        }
      }
      fail("%s: not caught by '%s' in %d scenarios", fault, property, TRIES);
    });
  }

  static List<PlantedFault> faultsWithCounterexamples() {
    return Stream.concat(RequestFaults.inMemory().stream(), BorrowingFaults.all().stream())
        .toList();
  }

  /** In a file that breaks the promise again where the fault is, and only there; of several policies, to few arrivals and policies. */
  @ParameterizedTest
  @MethodSource("faultsWithCounterexamples")
  void aCounterexampleIsMadeSmallAndKept(PlantedFault fault, @TempDir Path directory)
      throws Exception {
    Property property = fault.caughtBy().get(0);
    Counterexample smallest =
        PropertyRun.of(property, fault.faulty(), fault.algorithm(), TRIES, SEED).counterexample();
    assertThat(smallest).isNotNull();
    if (property == Property.ALL_OR_NONE) {
      assertThat(smallest.scenario().policies()).as("%s", smallest).hasSizeLessThanOrEqualTo(3);
      assertThat(smallest.scenario().arrivals()).as("%s", smallest).hasSizeLessThanOrEqualTo(3);
    }

    Path file = directory.resolve("counterexample.json");
    CounterexampleFile.write(file, smallest);
    Replay replay = CounterexampleFile.read(file);
    assertThat(replay.scenario()).isEqualTo(smallest.scenario());
    assertThat(replay.on(fault.faulty())).as(Files.readString(file)).isNotNull();
    assertThat(replay.on(fault.sound())).isNull();
  }

  @Test
  void everyPropertyCatchesAFault() {
    Set<Property> needed = EnumSet.noneOf(Property.class);
    FAULTS.forEach(fault -> needed.addAll(fault.caughtBy()));

    assertThat(needed).containsExactlyInAnyOrder(Property.values());
  }

  @Test
  void everyAlgorithmHasAFault() {
    assertThat(FAULTS).extracting(PlantedFault::algorithm).contains(Algorithm.values());
  }

  @Test
  void everyFaultOfTheCatalogueIsPlanted() {
    assertThat(FAULTS)
        .extracting(PlantedFault::title)
        .contains(
            "off-by-one in the limit",
            "window's edge closed on both sides",
            "expiry refreshed on denial",
            "client clock used instead of the server's",
            "estimate rounded down",
            "INCR and EXPIRE in two calls",
            "retryAfter to the window's end",
            "state kept after denial",
            "key built without separator",
            "cost ignored",
            "float instead of integer weights",
            "lease counted from the answer",
            "block kept after its end",
            "lost answer taken as granted");
  }

  @Test
  void aFaultThatNoLongerAppliesIsRefused() {
    assertThatThrownBy(() -> new Mutation(Script.of(Algorithm.GCRA), "no such text", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("occurs 0 times");
    assertThatThrownBy(() -> new Mutation(Script.of(Algorithm.GCRA), "local ", ""))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
