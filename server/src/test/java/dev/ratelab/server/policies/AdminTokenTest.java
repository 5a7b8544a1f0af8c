package dev.ratelab.server.policies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdminTokenTest {
  private static final String TOKEN = "0123456789-._~+/abc==";

  @TempDir
  private Path directory;

  private static AdminToken token() throws Exception {
    return Objects.requireNonNull(AdminToken.find(null, TOKEN));
  }

  @Test
  void withoutOneThereIsNone() throws Exception {
    assertThat(AdminToken.find(null, null)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer ", "bearer ", "BEARER   "})
  void theTokenIsAccepted(String scheme) throws Exception {
    assertThat(token().accepts(List.of(scheme + TOKEN))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        "Basic " + TOKEN,
        "Bearer x" + TOKEN,
        "Bearer " + TOKEN + "=",
        "Bearer " + TOKEN + " x",
        "Bearer 0123456789-._~+/abc=",
        "Bearer 0123456789-._~+/ABC=="
      })
  void nothingElseIs(String authorization) throws Exception {
    assertThat(token().accepts(List.of(authorization))).isFalse();
    assertThat(token().accepts(List.of())).isFalse();
    assertThat(token().accepts(List.of("Bearer " + TOKEN, "Bearer " + TOKEN)))
        .as("twice: what is between us and the sender may have looked at the other one")
        .isFalse();
  }

  @Test
  void aFileHoldsItWithWhiteSpaceAround() throws Exception {
    Path file = Files.writeString(directory.resolve("token"), TOKEN + "\n");

    assertThat(
            Objects.requireNonNull(AdminToken.find(file, null)).accepts(List.of("Bearer " + TOKEN)))
        .isTrue();
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> AdminToken.find(file, TOKEN))
        .withMessageContaining("accepted: one of the two");
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> AdminToken.find(directory.resolve("none"), null))
        .withMessageContaining("the file cannot be read: there is no such file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"short-secret", "a secret with spaces", "a-sécret-with-accents", ""})
  void oneThatIsNotAcceptedIsNeverRepeated(String token) throws Exception {
    Path file = Files.writeString(directory.resolve("token"), token);

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> AdminToken.find(file, null))
        .satisfies(e -> assertThat(e.getMessage())
            .startsWith(file + ": the token ")
            .contains("; accepted: at least 16 of A-Z a-z 0-9")
            .doesNotContain(token.isEmpty() ? "\0" : token));
  }
}
