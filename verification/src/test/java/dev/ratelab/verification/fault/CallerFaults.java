package dev.ratelab.verification.fault;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Policy;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.subject.Caller;
import dev.ratelab.verification.subject.Step;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** Faults in what is asked of a backend: under which name a caller counts, and by whose clock. */
final class CallerFaults {
  private static final long HOUR = 3_600_000_000L;
  private static final int SERVERS = 3;

  private final VerifiedSubject sound;

  CallerFaults(VerifiedSubject sound) {
    this.sound = sound;
  }

  List<PlantedFault> all() {
    return List.of(
        names(
            "key built without separator",
            caller ->
                under(caller, "p", caller.namespace() + caller.policy().name() + caller.key())),
        names(
            "namespace left out of the key",
            caller -> under(caller, caller.policy().name(), caller.key())),
        names(
            "upper case folded", caller -> renamed(caller, caller.key().toLowerCase(Locale.ROOT))),
        names("blanks cut off", caller -> renamed(caller, caller.key().strip())),
        names(
            "key cut to 10 kB",
            caller -> renamed(
                caller,
                caller.key().substring(0, Math.min(10 * 1024, caller.key().length())))),
        names(
            "malformed UTF-16 replaced",
            caller -> renamed(
                caller,
                new String(caller.key().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))),
        new PlantedFault(
            "client clock used instead of the server's",
            "three callers of " + sound.name(),
            Algorithm.SLIDING_WINDOW_COUNTER,
            sound,
            new Altered(sound, CallerFaults::byClocksOfTheirOwn),
            List.of(Property.BOUND, Property.ORACLE)));
  }

  private PlantedFault names(String title, UnaryOperator<Caller> names) {
    return new PlantedFault(
        title,
        "a caller of " + sound.name(),
        Algorithm.TOKEN_BUCKET,
        sound,
        new Altered(
            sound, (step, number) -> new Step(names.apply(step.caller()), step.at(), step.cost())),
        List.of(Property.ISOLATION));
  }

  private static Caller renamed(Caller caller, String key) {
    return new Caller(caller.namespace(), caller.policy(), key);
  }

  private static Caller under(Caller caller, String name, String key) {
    Policy policy = caller.policy();
    return new Caller("n", Policy.of(name, policy.algorithm(), policy.limit()), key);
  }

  /** Requests reach the servers in turn, whose clocks are an hour apart. */
  private static Step byClocksOfTheirOwn(Step step, int number) {
    return new Step(step.caller(), step.at() + number % SERVERS * HOUR, step.cost());
  }

  private interface Alteration {
    Step apply(Step step, int number);
  }

  private record Altered(VerifiedSubject sound, Alteration alteration) implements VerifiedSubject {
    @Override
    public String name() {
      return sound.name() + " with a fault";
    }

    @Override
    public List<Decision> decide(List<Step> steps) {
      List<Step> altered = new ArrayList<>(steps.size());
      for (int i = 0; i < steps.size(); i++) {
        altered.add(alteration.apply(steps.get(i), i));
      }
      return sound.decide(altered);
    }
  }
}
