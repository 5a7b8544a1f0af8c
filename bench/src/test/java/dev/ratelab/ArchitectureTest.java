package dev.ratelab;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructorCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.failure.GuardedRateLimiter;
import dev.ratelab.limiter.lease.LeasedRateLimiter;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import dev.ratelab.limiter.redis.RedisRateLimiter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Dependencies point one way. This module sees all others, so the rules about all of them are kept here. Maven already
 * refuses most of what these rules refuse; they hold inside a module too, where Maven sees nothing.
 */
class ArchitectureTest {

  private static final JavaClasses MAIN = new ClassFileImporter()
      .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
      .importPackages("dev.ratelab");

  @Test
  void everyModuleIsSeen() {
    Set<String> areas = new TreeSet<>();
    MAIN.forEach(type -> areas.add(type.getPackageName().split("\\.", -1)[2]));

    assertThat(areas)
        .as("a new area needs a rule of its own below")
        .containsExactly("bench", "cli", "embed", "limiter", "reports", "server", "verification");
  }

  @Test
  void limiterKnowsNoOther() {
    check(neverKnow("limiter", "bench", "cli", "embed", "reports", "server", "verification"));
  }

  @Test
  void reportsKnowsNoOther() {
    check(neverKnow("reports", "bench", "cli", "embed", "limiter", "server", "verification"));
  }

  @Test
  void serverKnowsTheLimiterOnly() {
    check(neverKnow("server", "bench", "cli", "embed", "reports", "verification"));
  }

  /** Within the server: command, policies, check, http, telemetry, each of those behind it only. */
  @Test
  void theServersPackagesKnowThoseBehindThemOnly() {
    check(neverKnow("server.policies", "server.command"));
    check(neverKnow("server.check", "server.command", "server.policies"));
    check(neverKnow("server.http", "server.command", "server.policies", "server.check"));
    check(neverKnow(
        "server.telemetry", "server.command", "server.policies", "server.check", "server.http"));
  }

  /** What is embedded must not bring a server along. */
  @Test
  void embedKnowsTheLimiterOnly() {
    check(neverKnow("embed", "bench", "cli", "reports", "server", "verification"));
  }

  /** Each is used by those who lack the others' libraries. */
  @Test
  void adaptersDoNotKnowOneAnother() {
    check(neverKnow("embed.client", "embed.netty", "embed.servlet", "embed.spring"));
    check(neverKnow("embed.netty", "embed.client", "embed.servlet", "embed.spring"));
    check(neverKnow("embed.servlet", "embed.client", "embed.netty", "embed.spring"));
  }

  @Test
  void verificationDoesNotKnowBenchOrCommandLine() {
    check(neverKnow("verification", "bench", "cli", "embed"));
  }

  /** What only tests use is in a test tree. */
  @Test
  void theCommandLineReachesAllOfVerification() {
    Set<JavaClass> reached = MAIN.stream()
        .filter(type -> type.getPackageName().startsWith("dev.ratelab.cli"))
        .flatMap(type -> type.getTransitiveDependenciesFromSelf().stream())
        .map(Dependency::getTargetClass)
        .collect(Collectors.toSet());

    assertThat(MAIN.stream()
            .filter(type -> type.getPackageName().startsWith("dev.ratelab.verification"))
            .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
            .filter(type -> !reached.contains(type)))
        .as("classes that no command uses; accepted: in the tree of the tests that use them")
        .isEmpty();
  }

  @Test
  void benchKnowsOfVerificationTheOracleAndWhatConformAsksOnly() {
    check(neverKnow("bench", "cli", "embed"));
    check(noClasses()
        .that()
        .resideInAPackage(packagesOf("bench"))
        .should()
        .dependOnClassesThat(resideInAPackage(packagesOf("verification"))
            .and(not(resideInAPackage(packagesOf("verification.oracle"))))
            .and(not(resideInAPackage(packagesOf("verification.conform.tested"))))));
  }

  @Test
  void theOracleSharesNothingWithTheLimiter() {
    check(noClasses()
        .that()
        .resideInAPackage("dev.ratelab.verification.oracle..")
        .should()
        .dependOnClassesThat()
        .resideOutsideOfPackages(
            "dev.ratelab.verification.oracle..", "java..", "org.jspecify.annotations.."));
  }

  /** What is measured, proved and served is one limiter: one class decides in memory, one on Redis, and others stand before it. */
  @Test
  void twoClassesDecideAndAllOthersAskAnother() {
    check(classes()
        .that()
        .implement(RateLimiter.class)
        .and()
        .doNotBelongToAnyOf(MemoryRateLimiter.class, RedisRateLimiter.class)
        .should(haveAFieldOf(RateLimiter.class))
        .andShould()
        .resideInAnyPackage(
            packagesOf("limiter.failure"),
            packagesOf("limiter.lease"),
            packagesOf("server.telemetry")));
  }

  /** So all have the same defaults. */
  @Test
  void theFactoryMakesEveryLimiter() {
    check(noClasses()
        .that()
        .resideOutsideOfPackage(packagesOf("limiter.factory"))
        .should()
        .callCodeUnitWhere(makes(
            MemoryRateLimiter.class,
            RedisRateLimiter.class,
            GuardedRateLimiter.class,
            LeasedRateLimiter.class)));
  }

  /** Its pool has one thread on two cores, from JDK 25 on: what waits there keeps all others from running. */
  @Test
  void noTaskGoesWhereverTheFutureSendsIt() {
    check(noClasses()
        .should()
        .callCodeUnitWhere(DescribedPredicate.describe(
            "give a CompletableFuture a task but no executor",
            call -> call.getTargetOwner().isEquivalentTo(CompletableFuture.class)
                && call.getName().endsWith("Async")
                && call.getTarget().getRawParameterTypes().stream()
                    .noneMatch(type -> type.isEquivalentTo(Executor.class)))));
  }

  private static ArchCondition<JavaClass> haveAFieldOf(Class<?> type) {
    return new ArchCondition<>("have a field of " + type.getSimpleName()) {
      @Override
      public void check(JavaClass item, ConditionEvents events) {
        boolean has =
            item.getFields().stream().anyMatch(field -> field.getRawType().isAssignableTo(type));
        events.add(new SimpleConditionEvent(
            item, has, "%s has no such field: it decides by itself".formatted(item.getName())));
      }
    };
  }

  /** From outside: what a class's own methods call does not count. */
  private static DescribedPredicate<JavaCall<?>> makes(Class<?>... types) {
    return DescribedPredicate.describe(
        "make a limiter",
        call -> Arrays.stream(types)
            .anyMatch(type -> call.getTargetOwner().isEquivalentTo(type)
                && !call.getOriginOwner().isEquivalentTo(type)
                && (call instanceof JavaConstructorCall || call.getName().equals("of"))));
  }

  @Test
  void noFileNameStandsForTwoThings() throws IOException {
    Map<String, List<Path>> places;
    try (Stream<Path> files = Files.walk(Path.of(".."))) {
      places = files
          .filter(path -> path.toString().matches(".*/src/(main|test)/java/.*[.]java"))
          .filter(path -> !path.endsWith("package-info.java"))
          .collect(Collectors.groupingBy(path -> path.getFileName().toString()));
    }
    places.values().removeIf(paths -> paths.size() == 1);

    assertThat(places).as("names of two files; accepted: each once").isEmpty();
  }

  @Test
  void packagesHaveNoCycles() {
    check(slices().matching("dev.ratelab.(**)").should().beFreeOfCycles());
  }

  private static ArchRule neverKnow(String area, String... others) {
    String[] packages =
        Arrays.stream(others).map(ArchitectureTest::packagesOf).toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage(packagesOf(area))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(packages);
  }

  private static String packagesOf(String area) {
    return "dev.ratelab." + area + "..";
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(MAIN);
  }
}
