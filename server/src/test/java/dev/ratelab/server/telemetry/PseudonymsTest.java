package dev.ratelab.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PseudonymsTest {

  @Test
  void aKeyHasOnePseudonymAndAnotherInAnotherProcess() {
    Pseudonyms here = new Pseudonyms();

    assertThat(here.of("203.0.113.7")).matches("[0-9a-f]{12}").isEqualTo(here.of("203.0.113.7"));
    assertThat(here.of("203.0.113.8")).isNotEqualTo(here.of("203.0.113.7"));
    assertThat(new Pseudonyms().of("203.0.113.7"))
        .as("or whoever knows the addresses could look them up")
        .isNotEqualTo(here.of("203.0.113.7"));
  }
}
