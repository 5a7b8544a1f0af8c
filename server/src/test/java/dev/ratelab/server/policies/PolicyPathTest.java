package dev.ratelab.server.policies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.server.http.Rejection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyPathTest {

  /** A decoder that replaces what it cannot read makes one tenant of all of these. */
  @ParameterizedTest
  @ValueSource(strings = {"%FF", "%FE", "a%FF", "%C0%AF", "%ED%A0%80", "%E2%82", "%zz", "%"})
  void whatIsNoUtf8IsRefused(String segment) {
    for (String path : new String[] {"/policies/" + segment, "/policies/p/tenants/" + segment}) {
      assertThatExceptionOfType(Rejection.class)
          .isThrownBy(() -> PolicyPath.of(path))
          .satisfies(rejection -> {
            assertThat(rejection.status().code()).isEqualTo(400);
            assertThat(rejection.detail()).contains("percent-encoded");
          });
    }
  }

  @Test
  void aTenantIsAnyText() {
    assertThat(PolicyPath.of("/policies/p/tenants/Z%C3%BCrich+%2F%20%E2%82%AC").fields())
        .containsExactly("tenants", "Z\u00fcrich+/ \u20ac", "p");
  }
}
