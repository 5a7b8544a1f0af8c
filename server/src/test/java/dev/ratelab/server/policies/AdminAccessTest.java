package dev.ratelab.server.policies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ratelab.server.http.HttpCall;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AdminAccessTest {
  private static final String TOKEN = "0123456789abcdef";

  private static HttpCall call(@Nullable String certified, String... authorization) {
    HttpHeaders headers = new DefaultHttpHeaders();
    for (String one : authorization) {
      headers.add("Authorization", one);
    }
    return new HttpCall(HttpMethod.GET, "/policies", () -> headers, new byte[0], certified);
  }

  @Test
  void nobodyHasAccessUnlessSomebodyIsNamed() {
    assertThat(AdminAccess.of(null, null)).isEmpty();
  }

  @Test
  void onlyTheCertificateWithTheSubjectIsEnough() {
    AdminAccess access = AdminAccess.of(null, "CN=ops, O=Acme").orElseThrow();

    assertThat(access.permits(call("CN=ops,O=Acme"))).isTrue();
    assertThat(access.permits(call("cn=Ops,o=acme")))
        .as("as X.500 compares names")
        .isTrue();
    assertThat(access.permits(call("O=Acme,CN=ops"))).isFalse();
    assertThat(access.permits(call("CN=ops,O=Acme,C=CH"))).isFalse();
    assertThat(access.permits(call("CN=checker,O=Acme"))).isFalse();
    assertThat(access.permits(call(null))).isFalse();
    assertThat(access.permits(call(null, "Bearer " + TOKEN))).isFalse();
    assertThat(access.permits(call(null, "Bearer "))).isFalse();
  }

  @Test
  void whereThereIsATokenAnyOneOfTheTwoIsEnough() throws Exception {
    AdminAccess access = AdminAccess.of(AdminToken.find(null, TOKEN), "CN=ops").orElseThrow();

    assertThat(access.permits(call("CN=ops"))).isTrue();
    assertThat(access.permits(call("CN=other", "Bearer " + TOKEN))).isTrue();
    assertThat(access.permits(call("CN=other", "Bearer " + TOKEN + "0"))).isFalse();
  }

  @Test
  void aCertificateIsNotEnoughWhereOnlyTheTokenIs() throws Exception {
    AdminAccess access = AdminAccess.of(AdminToken.find(null, TOKEN), null).orElseThrow();

    assertThat(access.permits(call("CN=ops"))).isFalse();
    assertThat(access.permits(call("CN=ops", "Bearer " + TOKEN))).isTrue();
  }

  @Test
  void whatIsNoSubjectIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AdminAccess.of(null, "ops"))
        .withMessage(
            "admin certificate is 'ops'; accepted: the subject of one, such as CN=ops,O=Acme");
  }
}
