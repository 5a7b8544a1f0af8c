package dev.ratelab.verification.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.limiter.redis.ForwardingClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.verification.TestRedis;
import dev.ratelab.verification.fault.Mutation;
import dev.ratelab.verification.oracle.OracleRule;
import dev.ratelab.verification.property.Arrival;
import dev.ratelab.verification.subject.Caller;
import dev.ratelab.verification.subject.RedisSubject;
import dev.ratelab.verification.subject.Step;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The scripts on a real Redis: as bad as the Java transitions at their worst, and never worse. */
class ScriptsWorstCaseTest {
  private final VerifiedSubject scripts = new RedisSubject(TestRedis.lettuce());

  @ParameterizedTest
  @EnumSource
  void theWorstArrivalsForJavaAreAsBadForTheScript(Algorithm algorithm) {
    SmallLimits.of(algorithm).forEach(limit -> {
      int longest = Math.toIntExact(3 * limit.windowMicros());
      List<Exhaustive.Attack> attacks =
          Exhaustive.admitted(Transition.of(algorithm, limit), limit, longest).attacks();
      List<Step> steps = new ArrayList<>();
      Policy policy = Policy.of("p", algorithm, limit);
      for (int tau = 1; tau <= longest; tau++) {
        Caller caller = new Caller("n", policy, "τ" + tau);
        attacks.get(tau).arrivals().forEach(arrival -> steps.add(arrival.by(caller)));
      }
      List<Decision> decisions = scripts.decide(steps);
      int next = 0;
      for (int tau = 1; tau <= longest; tau++) {
        long counted = 0;
        for (Arrival arrival : attacks.get(tau).arrivals()) {
          boolean counts = decisions.get(next++).allowed()
              && arrival.at() >= attacks.get(tau).from();
          counted += counts ? arrival.cost() : 0;
        }
        assertThat(counted)
            .as("%s, %s, τ = %d", algorithm, limit, tau)
            .isEqualTo(attacks.get(tau).counted());
      }
    });
  }

  /** N = 2, W = 3: nothing, one or two units at each of 2W instants, from each phase of the clock. */
  @ParameterizedTest
  @EnumSource
  void everySequenceOfATinyLimitStaysWithinTheTightCurveAndReachesIt(Algorithm algorithm) {
    Limit limit = new Limit(2, 3, 2);
    OracleRule rule = new OracleRule(2, 3, 2);
    long[] most = mostOfAllSequences(scripts, algorithm, limit);
    for (int tau = 1; tau <= limit.windowMicros() + 1; tau++) {
      assertThat(most[tau])
          .as("E(%d)", tau)
          .isEqualTo(TightCurve.admitted(algorithm.id(), rule, tau));
    }
  }

  @Test
  void aScriptThatAdmitsOneTooManyIsFound() {
    RedisClient weaker = new ForwardingClient(
        TestRedis.lettuce(),
        new Mutation(
            Script.of(Algorithm.FIXED_WINDOW),
            "elseif remaining >= 0 then",
            "elseif remaining >= -1 then"));
    long[] most =
        mostOfAllSequences(new RedisSubject(weaker), Algorithm.FIXED_WINDOW, new Limit(2, 3, 2));
    assertThat(most[4])
        .isGreaterThan(TightCurve.admitted("fixed-window", new OracleRule(2, 3, 2), 4));
  }

  private static long[] mostOfAllSequences(
      VerifiedSubject subject, Algorithm algorithm, Limit limit) {
    int window = Math.toIntExact(limit.windowMicros());
    int instants = 2 * window;
    int choices = Math.toIntExact(limit.permits()) + 1;
    int sequences = (int) Math.pow(choices, instants);
    Policy policy = Policy.of("p", algorithm, limit);
    List<Step> steps = new ArrayList<>();
    for (int phase = 0; phase < window; phase++) {
      for (int sequence = 0; sequence < sequences; sequence++) {
        Caller caller = new Caller("n", policy, phase + "." + sequence);
        int rest = sequence;
        for (int instant = 0; instant < instants; instant++) {
          for (int unit = rest % choices; unit > 0; unit--) {
            steps.add(new Step(caller, 10L * window + phase + instant, 1));
          }
          rest /= choices;
        }
      }
    }
    List<Decision> decisions = subject.decide(steps);
    long[] most = new long[instants + 1];
    for (int first = 0; first < steps.size(); ) {
      int end = first;
      while (end < steps.size()
          && steps.get(end).caller().equals(steps.get(first).caller())) {
        end++;
      }
      for (int from = first; from < end; from++) {
        long sum = 0;
        for (int to = from; to < end; to++) {
          sum += decisions.get(to).allowed() ? 1 : 0;
          int tau = Math.toIntExact(steps.get(to).at() - steps.get(from).at() + 1);
          most[tau] = Math.max(most[tau], sum);
        }
      }
      first = end;
    }
    for (int tau = 1; tau <= instants; tau++) {
      most[tau] = Math.max(most[tau], most[tau - 1]);
    }
    return most;
  }
}
