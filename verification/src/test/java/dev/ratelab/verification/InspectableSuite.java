package dev.ratelab.verification;

import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Scenario;
import net.jqwik.api.ForAll;

/** All properties, for a subject whose store can be looked into. */
abstract class InspectableSuite extends PropertySuite {
  @net.jqwik.api.Property
  void memory(@ForAll("scenarios") Scenario scenario) {
    Property.MEMORY.check(subject(), scenario);
  }
}
