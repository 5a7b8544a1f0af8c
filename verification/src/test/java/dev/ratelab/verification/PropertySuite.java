package dev.ratelab.verification;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.verification.generate.Scenarios;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Scenario;
import dev.ratelab.verification.subject.VerifiedSubject;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Provide;

/** The properties that hold for any subject; a subclass brings the subject and the number of tries. */
abstract class PropertySuite {
  /** What is tested. */
  abstract VerifiedSubject subject();

  @net.jqwik.api.Property
  void bound(@ForAll("scenarios") Scenario scenario) {
    Property.BOUND.check(subject(), scenario);
  }

  @net.jqwik.api.Property
  void tightness(@ForAll("scenarios") Scenario scenario) {
    Property.TIGHTNESS.check(subject(), scenario);
  }

  @net.jqwik.api.Property
  void noNeedlessDenial(@ForAll("scenarios") Scenario scenario) {
    Property.NO_NEEDLESS_DENIAL.check(subject(), scenario);
  }

  @net.jqwik.api.Property
  void retryAfter(@ForAll("scenarios") Scenario scenario) {
    Property.RETRY_AFTER.check(subject(), scenario);
  }

  @net.jqwik.api.Property
  void remaining(@ForAll("scenarios") Scenario scenario) {
    Property.REMAINING.check(subject(), scenario);
  }

  @net.jqwik.api.Property
  void deniedCostsNothing(@ForAll("scenarios") Scenario scenario) {
    Property.DENIED_COSTS_NOTHING.check(subject(), scenario);
  }

  @net.jqwik.api.Property
  void isolation(@ForAll("scenarios") Scenario scenario) {
    Property.ISOLATION.check(subject(), scenario);
  }

  @net.jqwik.api.Property
  void costAdditivity(@ForAll("scenarios") Scenario scenario) {
    Property.COST_ADDITIVITY.check(subject(), scenario);
  }

  @net.jqwik.api.Property
  void oracle(@ForAll("scenarios") Scenario scenario) {
    Property.ORACLE.check(subject(), scenario);
  }

  @net.jqwik.api.Property(tries = 300)
  void oracleOnLongHistories(@ForAll("longScenarios") Scenario scenario) {
    Property.ORACLE.check(subject(), scenario);
  }

  @net.jqwik.api.Property
  void estimate(@ForAll("counterScenarios") Scenario scenario) {
    Property.ESTIMATE.check(subject(), scenario);
  }

  @net.jqwik.api.Property
  void gcraIsTokenBucket(@ForAll("gcraScenarios") Scenario scenario) {
    Property.GCRA_IS_TOKEN_BUCKET.check(subject(), scenario);
  }

  @net.jqwik.api.Property
  void clockGoingBack(@ForAll("scenariosWithSteppingClock") Scenario scenario) {
    Property.CLOCK_GOING_BACK.check(subject(), scenario);
  }

  /** Nothing to look at in a store that shows nothing. */
  @net.jqwik.api.Property
  void memory(@ForAll("scenarios") Scenario scenario) {
    checkIfAccepted(Property.MEMORY, scenario);
  }

  /** Nothing to ask where there is no limiter but only a transition. */
  @net.jqwik.api.Property
  void allOrNone(@ForAll("scenariosOfSeveralPolicies") Scenario scenario) {
    checkIfAccepted(Property.ALL_OR_NONE, scenario);
  }

  private void checkIfAccepted(Property property, Scenario scenario) {
    if (property.accepts(subject())) {
      property.check(subject(), scenario);
    }
  }

  @Provide
  Arbitrary<Scenario> scenariosOfSeveralPolicies() {
    return Scenarios.of(Property.ALL_OR_NONE);
  }

  @Provide
  Arbitrary<Scenario> scenarios() {
    return Scenarios.of(Property.BOUND);
  }

  @Provide
  Arbitrary<Scenario> longScenarios() {
    return Scenarios.longOnes(Algorithm.values());
  }

  @Provide
  Arbitrary<Scenario> counterScenarios() {
    return Scenarios.of(Property.ESTIMATE);
  }

  @Provide
  Arbitrary<Scenario> gcraScenarios() {
    return Scenarios.of(Property.GCRA_IS_TOKEN_BUCKET);
  }

  @Provide
  Arbitrary<Scenario> scenariosWithSteppingClock() {
    return Scenarios.of(Property.CLOCK_GOING_BACK);
  }
}
