package dev.ratelab.server.policies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.server.Mutator;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.check.ActivePolicies;
import dev.ratelab.server.check.CheckRequest;
import dev.ratelab.server.http.ConnectionFuzz;
import dev.ratelab.server.http.Rejection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What reads bytes that anybody may have sent, and what must hold whatever they are. */
enum Fuzzed {
  HTTP(
      2_000,
      List.of(
          RawClient.check("a"),
          RawClient.check("a")
              + RawClient.post("{\"key\":\"b\",\"cost\":3}", "Connection: close\r\n"),
          "POST /check HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\n{\"key\r\n6\r\n\":\"a\"}\r\n0\r\nT: t\r\n\r\n",
          "POST /check/batch HTTP/1.1\r\nHost: test\r\nContent-Length: 25\r\n\r\n[{\"key\":\"a\"},{\"key\":\"b\"}]",
          "POST /check HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n{\"key\":\"a\"}",
          "HEAD /health HTTP/1.1\r\nHost: test\r\n\r\nGET /health/ready HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
          "GET http://test/nowhere?x=y HTTP/1.1\r\nHost: [::1]:80\r\nX: a\r\n b\r\n\r\n",
          "OPTIONS * HTTP/1.1\r\nHost: test\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
          "CONNECT test:80 HTTP/1.1\r\nHost: test\r\n\r\n",
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      Mutator.words(
          "\r\n \r \n \r\n\r\n \0 \t : ; , \" HTTP/1.1 HTTP/1.0 HTTP/2.0 POST GET HEAD CONNECT"
              + " /check /check/batch /health * 0\r\n\r\n {\"key\":\"a\"} \u00ff \u0080",
          " ",
          "Host: x\r\n",
          "Content-Length: 11\r\n",
          "Content-Length: 0\r\n",
          "Transfer-Encoding: chunked\r\n",
          "Transfer-Encoding: identity\r\n",
          "Connection: close\r\n",
          "Connection: keep-alive\r\n",
          "Expect: 100-continue\r\n",
          "Upgrade: websocket\r\n",
          "x".repeat(5_000))) {
    @Override
    void read(byte[] input) {
      ConnectionFuzz.read(input);
    }
  },

  CHECK(
      30_000,
      List.of(
          "{\"key\":\"a\",\"cost\":3,\"tenant\":\"t\",\"policy\":[\"p\",\"q\"]}",
          "{\"key\":\"\\u00e9\\ud83d\\ude00\",\"policy\":\"p\"}",
          "[{\"key\":\"a\"},{\"key\":\"b\",\"cost\":10}]",
          "{\"key\":\"\u00c3\u00a9\"}"),
      Mutator.words(
          "{ } [ ] , : \" \\ \\u0000 \\ud800 null true \"key\": \"cost\": \"policy\": \"tenant\": NaN -"
              + " 1e999999999 \u00ff \u00c0\u0080 \u00ef\u00bb\u00bf \n /*x*/ '",
          " ",
          "[".repeat(2_000),
          "{\"key\":".repeat(1_100),
          "9".repeat(1_100))) {
    @Override
    void read(byte[] input) {
      boundedRejection(() -> CheckRequest.parse(input, SERVED));
      boundedRejection(() -> CheckRequest.parseBatch(input, SERVED));
    }
  },

  POLICIES(
      500,
      List.of(
          example(),
          "policies:\n  p: {limit: 5, window: 10s}\n",
          "{\"policies\":{\"p\":{\"limit\":1,\"window\":\"1s\"}}}"),
      Mutator.words(
          "\n { } [ ] *a | > ---\n ...\n \" ' # null ~ yes .inf 0x10 1_000 policies: limit: window:"
              + " tenants: defaults: 1s 1us 31d \t \0 \u00ff \u00e2\u0080\u00a8",
          "  ",
          "- ",
          ": ",
          "&a ",
          "<<: *a",
          "!!int ",
          "!!java.net.URL ",
          "? ",
          "%YAML 1.2\n",
          "9".repeat(40),
          "[".repeat(300),
          "- ".repeat(300))) {
    @Override
    void read(byte[] input) {
      try {
        Path file = Files.write(POLICY_FILE, input);
        PolicyFile.read(PolicyReaders.yaml(file), Duration.ofMillis(100), 1, true);
      } catch (ConfigurationException wrong) {
        assertThat(wrong.getMessage()).isNotBlank().doesNotContain("\tat ");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  };

  private static final ActivePolicies SERVED = served();
  private static final Path POLICY_FILE = policyFile();

  @SuppressWarnings("ImmutableEnumChecker") // It keeps nothing between two inputs.
  private final Mutator mutator;

  private final int inputs;

  Fuzzed(int inputs, List<String> seeds, List<String> words) {
    this.inputs = inputs;
    mutator = new Mutator(seeds.stream().map(Mutator::bytes).toList(), words);
  }

  /** Takes one input. Throws if something does not hold. */
  abstract void read(byte[] input);

  /** How many of them every build tries: what takes a few seconds. */
  int inputs() {
    return inputs;
  }

  Mutator mutator() {
    return mutator;
  }

  private static void boundedRejection(Runnable reading) {
    try {
      reading.run();
    } catch (Rejection expected) {
      assertThat(expected.status().code()).isIn(400, 413, 422);
      assertThat(expected.detail()).isNotBlank().hasSizeLessThan(2_000).doesNotContain("\tat ");
    }
  }

  private static ActivePolicies served() {
    Limit limit = Limit.of(10, Duration.ofSeconds(60));
    PolicySet set = PolicySet.of(
        List.of(
            ScopedPolicy.perKey(Policy.of("p", Algorithm.GCRA, limit)),
            new ScopedPolicy(Policy.of("q", Algorithm.TOKEN_BUCKET, limit), Scope.TENANT)),
        List.of("p"),
        Map.of("t", Map.of("p", Limit.of(20, Duration.ofSeconds(60)))));
    return ActivePolicies.of(set, request -> {
      throw new AssertionError("reading asks nobody");
    });
  }

  private static String example() {
    try {
      return new String(
          Files.readAllBytes(Path.of("..", "docs", "policies.example.yaml")),
          StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path policyFile() {
    try {
      Path file = Files.createTempFile("fuzz", ".yaml");
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
