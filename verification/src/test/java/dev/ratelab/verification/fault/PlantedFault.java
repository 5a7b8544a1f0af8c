package dev.ratelab.verification.fault;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.verification.generate.Scenarios;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Scenario;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.List;
import java.util.function.Function;
import net.jqwik.api.Arbitrary;

/** A fault in something that is otherwise sound, and the scenarios that show it. Each of the properties alone must catch it. */
record PlantedFault(
    String title,
    String where,
    Algorithm algorithm,
    Function<Property, Arbitrary<Scenario>> scenarios,
    VerifiedSubject sound,
    VerifiedSubject faulty,
    List<Property> caughtBy) {

  /** A fault that shows in the scenarios that the suites generate. */
  PlantedFault(
      String title,
      String where,
      Algorithm algorithm,
      VerifiedSubject sound,
      VerifiedSubject faulty,
      List<Property> caughtBy) {
    this(
        title,
        where,
        algorithm,
        property -> Scenarios.of(property, algorithm),
        sound,
        faulty,
        caughtBy);
  }

  @Override
  public String toString() {
    return "%s, in %s of %s".formatted(title, where, algorithm);
  }
}
