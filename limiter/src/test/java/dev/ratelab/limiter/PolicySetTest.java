package dev.ratelab.limiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PolicySetTest {
  private static final Limit SMALL = Limit.of(5, Duration.ofSeconds(1));
  private static final Limit LARGE = Limit.of(50, Duration.ofSeconds(1));
  private static final ScopedPolicy LOGIN =
      ScopedPolicy.perKey(Policy.of("login", Algorithm.GCRA, SMALL));
  private static final ScopedPolicy TOTAL =
      ScopedPolicy.perTenant(Policy.of("total", Algorithm.FIXED_WINDOW, LARGE));

  private static PolicySet set(Map<String, Map<String, Limit>> overrides) {
    return PolicySet.of(List.of(LOGIN, TOTAL), List.of("login"), overrides);
  }

  @Test
  void aRequestThatNamesNoPolicyHasTheDefaults() {
    assertThat(set(Map.of()).resolve(null, List.of())).containsExactly(LOGIN);
    assertThat(set(Map.of()).resolve(null, List.of("total", "login")))
        .containsExactly(TOTAL, LOGIN);
  }

  @Test
  void aRequestDoesNotCopyTheList() {
    List<ScopedPolicy> defaults = set(Map.of()).resolve(null, List.of());
    List<ScopedPolicy> named = set(Map.of()).resolve(null, List.of("login"));

    assertThat(new Request(null, "key", 1, defaults).policies()).isSameAs(defaults);
    assertThat(new Request(null, "key", 1, named).policies()).isSameAs(named);
  }

  @Test
  void aTenantsOwnLimitIsItsOwnOnly() {
    PolicySet set = set(Map.of("acme", Map.of("total", SMALL)));

    assertThat(set.resolve("acme", List.of("login", "total")))
        .containsExactly(LOGIN, TOTAL.withLimit(SMALL));
    assertThat(set.resolve("other", List.of("total"))).containsExactly(TOTAL);
    assertThat(set.resolve(null, List.of("total"))).containsExactly(TOTAL);
    assertThat(set.tenants()).containsExactly("acme");
  }

  @Test
  void anUnknownPolicyIsToldWithThoseThereAreAndNoTenant() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set(Map.of("acme", Map.of("total", SMALL))).resolve("b", List.of("x")))
        .withMessage("unknown policy 'x'; accepted: login, total");
  }

  @Test
  void whatASetCannotHoldIsRejected() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PolicySet.of(List.of(LOGIN, LOGIN), List.of("login"), Map.of()))
        .withMessage("the policy 'login' is there twice; accepted: each once");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PolicySet.of(List.of(LOGIN), List.of(), Map.of()))
        .withMessage("there is no default policy; accepted: at least one");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PolicySet.of(List.of(LOGIN), List.of("x"), Map.of()))
        .withMessage("unknown policy 'x'; accepted: login");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set(Map.of("acme", Map.of("x", SMALL))))
        .withMessage("unknown policy 'x'; accepted: login, total");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> set(Map.of("acme", Map.of("total", SMALL.withBurst(2)))))
        .withMessageContaining("fixed-window has no burst");
  }

  @Test
  void aRequestIsChecked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Request(null, "k", 1, List.of(LOGIN, TOTAL)))
        .withMessage(
            "the policy 'total' counts per tenant; accepted: a request that names its tenant");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Request("acme", "k", 1, List.of(LOGIN, TOTAL, LOGIN)))
        .withMessage("the request names the policy 'login' twice; accepted: each once");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Request("acme", "k", 1, List.of()))
        .withMessage("the request names 0 policies; accepted: 1 to 16");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Request("acme", "k", 1, Collections.nCopies(17, LOGIN)));
    for (long cost : new long[] {0, -1, 6}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Request("acme", "k", cost, List.of(TOTAL, LOGIN)))
          .withMessage("cost is %d; accepted: 1 to 5", cost);
    }
  }
}
