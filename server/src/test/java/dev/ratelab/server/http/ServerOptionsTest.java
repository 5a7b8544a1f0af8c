package dev.ratelab.server.http;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerOptionsTest {
  private final ServerOptions defaults = ServerOptions.defaults();

  @ParameterizedTest
  @ValueSource(ints = {-1, 65_536})
  void portsHaveTheirRange(int port) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> defaults.at("127.0.0.1", port))
        .withMessage("port is %d; accepted: 0 (any free one) to 65535", port);
    assertThatCode(() -> defaults.at("127.0.0.1", 0).at("127.0.0.1", 65_535))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 201, 403, 503})
  void aDenialIs200Or429(int status) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> defaults.withDenyStatus(status))
        .withMessage("deny status is %d; accepted: 200, 429", status);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, ServerOptions.MAX_BODY_BYTES + 1})
  void bodiesAreBounded(int bytes) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> defaults.withMaxBodyBytes(bytes))
        .withMessage("max body is %d bytes; accepted: 1 to 1048576", bytes);
    assertThatCode(() -> defaults.withMaxBodyBytes(ServerOptions.MAX_BODY_BYTES))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1})
  void timesAreNotNegative(long seconds) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> defaults.withIdleTimeout(Duration.ofSeconds(seconds)))
        .withMessageContaining("accepted: over 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> defaults.withGrace(Duration.ofNanos(seconds - 1)))
        .withMessageContaining("accepted: 0 or longer");
  }
}
