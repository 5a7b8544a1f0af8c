package dev.ratelab.limiter.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ratelab.fixtures.FaultySource;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.memory.KeyHash;
import java.lang.reflect.Method;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each fault planted in the limiter with leases breaks the promise that it names in one of a few worlds, and nothing but the fault does. */
class FaultsInLeasesTest {
  private static final int WORLDS = 500;

  /** A piece of a class of the package, what is put in its place, and the promise that it breaks. */
  record Planted(
      String title, String source, String original, String replacement, LeasePromise breaks) {
    @Override
    public String toString() {
      return title;
    }
  }

  static List<Planted> faults() {
    return List.of(
        new Planted(
            "a failure policy's answer taken for a block",
            "Borrowing",
            "decision.because() != null",
            "decision.because() != null && !decision.allowed()",
            LeasePromise.SPENT_OR_OVER),
        new Planted(
            "a lost answer told as admitted",
            "Borrowing",
            "each.answer.complete(failing.apply(each.request, because));",
            "each.answer.complete(RequestDecision.of(each.asked(), Decision.allow(1, 0, 0)));",
            LeasePromise.CHARGED_BEFORE),
        new Planted(
            "a lost answer taken as a block",
            "LeasedCounter",
            "public synchronized void failed() {",
            "public synchronized void failed() {\n"
                + "    append(new Block(resetAt, resetAt + lease().micros(), asked, 0));",
            LeasePromise.CHARGED_BEFORE),
        new Planted(
            "a block granted to another key's counter",
            "LeasedPolicy",
            "return counters.of(scope, request);",
            "return counters.of(scope, new Request(request.tenant(), \"\", 1, request.policies()));",
            LeasePromise.CHARGED_BEFORE),
        new Planted(
            "sent read when the answer came",
            "Borrowing",
            "granted(loan, amount, sent, decision);",
            "granted(loan, amount, time.micros(), decision);",
            LeasePromise.CHARGED_BEFORE),
        new Planted(
            "a block kept after its end",
            "LeasedCounter",
            "long over = sent + lease().micros();",
            "long over = sent + lease().micros() + lease().micros() / 8;",
            LeasePromise.CHARGED_BEFORE),
        new Planted(
            "a fixed window's block kept after its window",
            "LeasedCounter",
            "policy.algorithm() == Algorithm.FIXED_WINDOW",
            "false",
            LeasePromise.OWN_WINDOW),
        new Planted(
            "a block of b asked for beside what is held",
            "LeasedCounter",
            "asked = Math.min((int) (most() - here), Math.max(needed, Math.max(least, size)));",
            "asked = (int) most();",
            LeasePromise.HELD_BEFORE),
        new Planted(
            "a counter forgotten of which something is held",
            "Borrower",
            "(pressed ? counter.holdsNothing(now) : counter.idle(now))",
            "true",
            LeasePromise.SPENT_OR_OVER),
        new Planted(
            "a second lease begun beside the first",
            "Borrower",
            "if (counter.remaining(now) > 0) {",
            "if (counter.remaining(now) < 0) {",
            LeasePromise.SPENT_OR_OVER),
        new Planted(
            "two borrows under way",
            "Borrower",
            "return !forgotten && !underWay && lease.equals(policy.lease);",
            "counter.failed();\n    return !forgotten && lease.equals(policy.lease);",
            LeasePromise.ONE_BORROW),
        new Planted(
            "of a joint request what was spent not put back",
            "LeasedCounter",
            "GONE.getAndAdd(this, -taken);",
            "assert taken >= 0;",
            LeasePromise.SPENT_OR_OVER),
        new Planted(
            "of a joint request one policy spent and not the other",
            "JointRequests",
            "() -> spendFrom(inOrder, next + 1, now, cost)",
            "() -> true",
            LeasePromise.CHARGED_BEFORE),
        new Planted(
            "of a joint request one policy asked by itself",
            "JointRequests",
            "lacking |= share.lacks && share.refusedUntil <= now;",
            "lacking |= share.lacks && share.refusedUntil <= now && shares.size() == 1;",
            LeasePromise.CHARGED_BEFORE),
        new Planted(
            "who waits for a borrow that fails forgotten",
            "Borrowing",
            "for (Undecided each : loan.end()) {\n      each.answer",
            "for (Undecided each : loan.end().subList(0, 1)) {\n      each.answer",
            LeasePromise.ANSWERED),
        new Planted(
            "who waits for more than there is forgotten",
            "Borrowing",
            "deny(each, counter, now, counter.refusedUntil(now, each.request.cost()));",
            "assert now >= 0;",
            LeasePromise.ANSWERED),
        new Planted(
            "who waits told when nobody waits any more",
            "Borrower",
            "List<Undecided> waited = new ArrayList<>(waiting);\n    waiting.clear();",
            "waiting.clear();\n    List<Undecided> waited = new ArrayList<>(waiting);",
            LeasePromise.ANSWERED),
        new Planted(
            "a whole deadline for what is asked after a wait",
            "Undecided",
            "return policy.inTime(asked, due() - now);",
            "return asked;",
            LeasePromise.IN_TIME),
        new Planted(
            "a wait for a borrow that ends too late",
            "Borrower",
            "who.due() < due",
            "who.due() < now",
            LeasePromise.IN_TIME),
        new Planted(
            "a whole deadline for the second question of a borrow",
            "Borrowing",
            "loan.policy.inTime(loan.policy.lender, loan.borrower.due() - now)",
            "loan.policy.lender",
            LeasePromise.IN_TIME),
        new Planted(
            "denied without asking though something remains",
            "LeasedCounter",
            "if (answer.remaining() == 0) {",
            "if (answer.remaining() < size) {",
            LeasePromise.DENIED_FOR_CAUSE),
        new Planted(
            "denied whatever is held",
            "LeasedCounter",
            "cost - remaining(now) >= last.permits",
            "cost >= last.permits",
            LeasePromise.DENIED_FOR_CAUSE),
        new Planted(
            "one more told to remain",
            "LeasedPolicy",
            "counter.remaining(now) + elsewhere",
            "counter.remaining(now) + elsewhere + 1",
            LeasePromise.REMAINING),
        new Planted(
            "a denial that tells too short a wait",
            "LeasedPolicy",
            "Math.max(1, until - now)",
            "Math.max(1, (until - now) / 2)",
            LeasePromise.RETRY_AFTER),
        new Planted(
            "a denial that tells too long a wait",
            "LeasedPolicy",
            "Math.max(1, until - now)",
            "Math.max(1, until - now) + 1",
            LeasePromise.RETRY_AFTER),
        new Planted(
            "the reset counted from the answer",
            "LeasedCounter",
            "asked = 0;\n    resetAt = Math.max(resetAt, sent + answer.resetAfterMicros());",
            "asked = 0;\n    resetAt = Math.max(resetAt, answered + answer.resetAfterMicros());",
            LeasePromise.RESET_AFTER));
  }

  @BeforeAll
  static void requireACompiler() {
    assumeTrue(ToolProvider.getSystemJavaCompiler() != null, "this Java has no compiler");
  }

  @ParameterizedTest
  @MethodSource("faults")
  void isCaught(Planted fault) throws Exception {
    LeasedWorld.Instances faulty = faulty(fault);
    for (long seed = 0; seed < WORLDS; seed++) {
      if (LeasedWorld.play(seed, faulty).broken.containsKey(fault.breaks)) {
        assertThat(LeasedWorld.play(seed, LeasedWorldTest::sound).broken).isEmpty();
        return;
      }
    }
    fail("%s: '%s' was kept in %s worlds", fault, fault.breaks, WORLDS);
  }

  @Test
  void everyPromiseIsBrokenByAFault() {
    Set<LeasePromise> broken = EnumSet.noneOf(LeasePromise.class);
    faults().forEach(each -> broken.add(each.breaks));

    assertThat(broken).containsExactlyInAnyOrder(LeasePromise.values());
  }

  @Test
  void aFaultThatNoLongerAppliesIsRefused() {
    assertThatThrownBy(() -> FaultySource.load(LeasedRateLimiter.class, "Block", "no such", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("'no such' occurs 0 times in Block; accepted: once");
  }

  private static LeasedWorld.Instances faulty(Planted fault) throws ReflectiveOperationException {
    Class<?> type = FaultySource.load(
            LeasedRateLimiter.class, fault.source, fault.original, fault.replacement)
        .loadClass(LeasedRateLimiter.class.getName());
    Method of = type.getDeclaredMethod(
        "of", RateLimiter.class, BiFunction.class, TimeSource.class, int.class, KeyHash.class);
    of.setAccessible(true);
    BiFunction<Request, FailureReason, RequestDecision> failing = RequestDecision::undecided;
    return (backend, time, most, names) -> {
      Object limiter = call(of, null, backend, failing, time, most, names);
      return new LeasedWorld.Instance(
          (RateLimiter) limiter, count(limiter, "borrowed"), count(limiter, "lapsed"));
    };
  }

  private static LongSupplier count(Object limiter, String name) {
    return () -> {
      try {
        return (long) call(limiter.getClass().getMethod(name), limiter);
      } catch (NoSuchMethodException e) {
        throw new IllegalStateException(e);
      }
    };
  }

  private static Object call(Method method, @Nullable Object object, Object... arguments) {
    try {
      return method.invoke(object, arguments);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
