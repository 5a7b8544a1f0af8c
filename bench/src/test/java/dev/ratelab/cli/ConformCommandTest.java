package dev.ratelab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConformCommandTest extends CommandRun {
  private static final String LIMIT = " --limit 8 --window 400ms --redis none --out ";

  @Test
  void aLimiterThatKeepsItsPromiseIsToldByItsAlgorithm() throws IOException {
    Path results = directory.resolve("right");

    int exit = run("conform --subject gcra@memory" + LIMIT + results);

    assertThat(exit).as(out.toString()).isZero();
    assertThat(out.toString())
        .contains("It behaves like token-bucket.")
        .contains("It keeps what token-bucket promises")
        .contains("Report: " + results.resolve("conform.html").toUri());
    assertThat(Files.readString(results.resolve("raw/conform-gcra-memory.json")))
        .contains("\"behaves_like\" : \"token-bucket\"")
        .contains("\"retryAfter\"");
  }

  @Test
  void aBrokenPromiseIsKeptAsAFileThatIsAskedAgain() throws IOException {
    Path results = directory.resolve("wrong");
    String asked = "conform --subject token-bucket@memory --promise sliding-window-log";

    int exit = run(asked + LIMIT + results);

    assertThat(exit).isEqualTo(1);
    assertThat(out.toString()).contains("OVER_LIMIT: it admits more than it promises");
    Path finding = results.resolve("raw/conform-token-bucket-memory-over-limit.json");
    assertThat(Files.readString(finding)).contains("\"fault\" : \"OVER_LIMIT\"", "\"bound\"");
    assertThat(out.toString()).contains(finding.toString());

    int again = run("conform --subject token-bucket@memory --replay " + finding);

    assertThat(again).isEqualTo(1);
    assertThat(out.toString()).contains("OVER_LIMIT: 9 admitted within");
  }

  @Test
  void whoIsNotThereIsToldAtOnce() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }

    int exit = run("conform http://127.0.0.1:%s/?k=${key} --out %s"
        .formatted(port, directory.resolve("away")));

    assertThat(exit).isEqualTo(1);
    assertThat(err.toString())
        .contains("ratelab: 127.0.0.1:%s gave no answer to the first request".formatted(port))
        .doesNotContain("\tat ");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      conform | no limiter is named; accepted: one of a URL, --command, --script and --subject
      conform http://localhost/${key} --subject gcra@memory | several limiters are named
      conform --subject nobody@memory | 'nobody@memory' is no built-in limiter; accepted: fixed-window@memory
      conform http://localhost/check | no ${key} in the URL, the body or a header
      conform ftp://localhost/${key} | accepted: one that begins with http:// or https://
      conform http://localhost/${key} --denied-status 429,200 | the status of a denial is 200; accepted: 300 to 599
      conform --subject gcra@memory --promise magic | Invalid value for option '--promise': unknown algorithm
      conform --subject gcra@memory --replay nothing.json --promise gcra | accepted: without them, as the file has them
      conform --subject gcra@memory --replay nothing.json --window 2s | accepted: without them, as the file has them
      conform --subject gcra@memory --replay nothing.json | nothing.json
      conform --script limiter.lua --redis none | limiter.lua needs a Redis; --redis is none
      conform --subject gcra@memory --redis somewhere | accepted by conform: embedded, embedded-cluster:N with 1 to 64 primaries, none, or a URL
      conform --subject gcra@memory --redis embedded-cluster:0 | --redis is 'embedded-cluster:0'; accepted by conform: embedded
      conform --script limiter.lua --redis embedded-cluster:3 | limiter.lua is asked of one server; accepted with it: --redis embedded, or a URL
      conform --subject increx --redis embedded-cluster:3 | increx is asked of one server; accepted with it: --redis embedded, or a URL
      """)
  void badInputIsToldInOneSentence(String command, String sentence) {
    int exit = run(command);

    assertThat(exit).isEqualTo(2);
    assertThat(err.toString()).contains(sentence).doesNotContain("\tat ");
  }
}
