package dev.ratelab.verification.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Violation;
import dev.ratelab.verification.subject.MemorySubject;
import dev.ratelab.verification.subject.Step;
import dev.ratelab.verification.subject.TransitionSubject;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PropertyRunTest {
  private static final int TRIES = 500;

  @Test
  void aPropertyThatHoldsIsTriedAsOftenAsAsked() throws InterruptedException {
    List<List<Step>> seen = new ArrayList<>();

    PropertyRun.Result result =
        PropertyRun.of(Property.ESTIMATE, noting(seen), Algorithm.SLIDING_WINDOW_COUNTER, 40, 1);

    assertThat(result).isEqualTo(new PropertyRun.Result(40, null));
    assertThat(seen).hasSize(40).doesNotHaveDuplicates();
  }

  @Test
  void equalSeedsGiveEqualScenariosAndOthersGiveOthers() throws InterruptedException {
    List<List<Step>> first = new ArrayList<>();
    List<List<Step>> again = new ArrayList<>();
    List<List<Step>> other = new ArrayList<>();

    PropertyRun.of(Property.ORACLE, noting(first), Algorithm.GCRA, 40, 7);
    PropertyRun.of(Property.ORACLE, noting(again), Algorithm.GCRA, 40, 7);
    PropertyRun.of(Property.ORACLE, noting(other), Algorithm.GCRA, 40, 8);

    assertThat(again).isEqualTo(first);
    assertThat(other).doesNotContainAnyElementsOf(first);
    assertThat(first).as("a long history among them").anyMatch(steps -> steps.size() >= 200);
  }

  @ParameterizedTest
  @EnumSource(names = {"BOUND", "ORACLE"})
  void aCounterexampleIsMadeSmallAndIsTheSameEachTime(Property property)
      throws InterruptedException {
    PropertyRun.Result result =
        PropertyRun.of(property, Faulty.SUBJECT, Algorithm.FIXED_WINDOW, TRIES, 1);

    assertThat(PropertyRun.of(property, Faulty.SUBJECT, Algorithm.FIXED_WINDOW, TRIES, 1))
        .isEqualTo(result);
    Counterexample smallest = result.counterexample();
    assertThat(smallest).isNotNull();
    assertThat(smallest.scenario().arrivals()).hasSizeLessThanOrEqualTo(3);
    assertThat(smallest.scenario().policy().limit().permits()).isLessThanOrEqualTo(3);
    assertThat(smallest.shown().subject()).isEqualTo(Faulty.SUBJECT);
    assertThatThrownBy(() -> property.check(Faulty.SUBJECT, smallest.scenario()))
        .isInstanceOfSatisfying(
            Violation.class, violation -> assertThat(violation.what()).isEqualTo(smallest.what()));
    property.check(new TransitionSubject(), smallest.scenario());
  }

  @Test
  void anInterruptEndsIt() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(
            () -> PropertyRun.of(Property.BOUND, new MemorySubject(), Algorithm.GCRA, TRIES, 1))
        .isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).isFalse();
  }

  private static VerifiedSubject noting(List<List<Step>> seen) {
    VerifiedSubject sound = new TransitionSubject();
    return new VerifiedSubject() {
      @Override
      public String name() {
        return sound.name();
      }

      @Override
      public List<Decision> decide(List<Step> steps) {
        seen.add(steps);
        return sound.decide(steps);
      }
    };
  }
}
