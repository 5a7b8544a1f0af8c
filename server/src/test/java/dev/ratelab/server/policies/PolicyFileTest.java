package dev.ratelab.server.policies;

import static dev.ratelab.server.policies.PolicyReaders.yaml;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.ScopedPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PolicyFileTest {
  private static final Duration DEADLINE = Duration.ofMillis(77);
  private static final Path DOCS = Path.of("..", "docs");

  @TempDir
  private Path directory;

  private Configuration read(String text) throws Exception {
    return PolicyFile.read(yaml(write(text)), DEADLINE, 1, true);
  }

  private static String faults(Path file, boolean withRedis) {
    ConfigurationException wrong = catchThrowableOfType(
        ConfigurationException.class, () -> PolicyFile.read(yaml(file), DEADLINE, 1, withRedis));
    return String.valueOf(wrong.getMessage());
  }

  private Path write(String text) throws Exception {
    return Files.writeString(directory.resolve("policies.yaml"), text);
  }

  @Test
  void theExampleIsReadAsItSays() throws Exception {
    Configuration example =
        PolicyFile.read(yaml(DOCS.resolve("policies.example.yaml")), DEADLINE, 1, true);

    ScopedPolicy api = ScopedPolicy.perKey(new Policy(
        "api",
        Algorithm.GCRA,
        Limit.of(100, Duration.ofSeconds(1)).withBurst(20),
        FailurePolicy.LOCAL,
        DEADLINE));
    ScopedPolicy stricter = ScopedPolicy.perKey(
            Policy.of("stricter", Algorithm.GCRA, Limit.of(50, Duration.ofSeconds(1)))
                .onFailure(FailurePolicy.FAIL_OPEN)
                .withDeadline(DEADLINE))
        .withShadow(true);
    ScopedPolicy total = new ScopedPolicy(
        Policy.of("tenant-total", Algorithm.TOKEN_BUCKET, Limit.of(1_000, Duration.ofSeconds(1)))
            .withDeadline(Duration.ofMillis(100)),
        Scope.TENANT);
    assertThat(example.policies().resolve(null, List.of())).containsExactly(api, stricter);
    assertThat(example.policies().resolve("other", List.of("tenant-total"))).containsExactly(total);
    assertThat(example.policies().resolve("acme", List.of("tenant-total")))
        .containsExactly(total.withLimit(Limit.of(10_000, Duration.ofSeconds(1))));
    assertThat(example.policies().all())
        .extracting(ScopedPolicy::name)
        .containsExactly("api", "stricter", "login", "tenant-total");
    assertThat(example.instances()).isEqualTo(3);
    assertThat(example.backends().values()).containsOnly(Backend.REDIS);
  }

  @Test
  void aFileThatDoesNotSayHowManyInstancesHasThoseOfTheOption() throws Exception {
    Path file = write("policies:\n  p: {limit: 5, window: 1s}");

    assertThat(PolicyFile.read(yaml(file), DEADLINE, 7, true).instances()).isEqualTo(7);
  }

  @Test
  void onePolicyNeedsNoDefault() throws Exception {
    Configuration one = read("""
        policies:
          p: {limit: 5, window: 90s, backend: memory}
        """);

    assertThat(one.policies().defaults()).containsExactly("p");
    assertThat(one.backends()).isEqualTo(Map.of("p", Backend.MEMORY));
    assertThat(one.policies().all())
        .containsExactly(
            ScopedPolicy.perKey(Policy.of("p", Algorithm.GCRA, Limit.of(5, Duration.ofSeconds(90)))
                .withDeadline(DEADLINE)));
  }

  @Test
  void theExamplesLeaseIsRightOnceItIsNoComment() throws Exception {
    String example = Files.readString(DOCS.resolve("policies.example.yaml"));

    PolicySet set = read(example.replace("# lease:", "lease:")).policies();

    assertThat(set.resolve(null, List.of("tenant-total")).get(0).policy().lease())
        .isEqualTo(Lease.of(50, Duration.ofMillis(200)));
  }

  @Test
  void aTenantsOwnLimitCutsTheLease() throws Exception {
    PolicySet set = read("""
        policies:
          p: {limit: 100, window: 1m, lease: {permits: 20, for: 10s}}
        tenants:
          small: {p: {limit: 5, window: 1s}}
          large: {p: {limit: 1000, window: 1h}}
        """).policies();

    assertThat(Stream.of("other", "small", "large")
            .map(tenant -> set.resolve(tenant, List.of()).get(0).policy().lease()))
        .containsExactly(
            Lease.of(20, Duration.ofSeconds(10)),
            Lease.of(5, Duration.ofSeconds(1)),
            Lease.of(20, Duration.ofSeconds(10)));
  }

  @Test
  void theOptionsPolicyIsReadAgainAsItWas() throws Exception {
    ScopedPolicy policy = ScopedPolicy.perKey(Policy.of(
                "p", Algorithm.TOKEN_BUCKET, Limit.of(9, Duration.ofHours(1)).withBurst(7))
            .onFailure(FailurePolicy.LOCAL)
            .withDeadline(DEADLINE)
            .withLease(Lease.of(7, Duration.ofMillis(90))))
        .withShadow(true);

    assertThat(PolicyFile.read(FixedPolicies.document(policy), DEADLINE, 1, true)
            .policies()
            .all())
        .containsExactly(policy);
  }

  private static Arguments wrong(String text, String... faults) {
    return Arguments.of(text, List.of(faults));
  }

  static List<Arguments> wrongFiles() {
    return List.of(
        wrong("", ": the text is empty"),
        wrong("# none\n", ": the text is empty"),
        wrong("[]", ":1:1: /: "),
        wrong(
            "policies:\n  p: &p {limit: 5, window: 1s}\n  q: *p\ndefault: p",
            ":3:6: '*p' is an alias; accepted: written out what it stands for"),
        wrong(
            "policies:\n  p: &p {limit: 5, window: 1s}\n  q: {<<: *p, limit: 6}\ndefault: p",
            ":3:11: '*p' is an alias; "),
        wrong(
            "policies:\n  p: {limit: 5, window: 1s}\n  x: &x {limit: 6, window: 1s}\ndefault: &x x\n"
                + "tenants:\n  *x : {p: {limit: 5, window: 1s}}",
            "'*x' is an alias; "),
        wrong("policies: {}", ":1:1: /policies: "),
        wrong("policies:\n  p: {limit: 5, window: 1s}\npolicy: x", ":3:1: /policy: "),
        wrong("policies:\n  p: {limit: 5}", ":2:3: /policies/p: ", "window"),
        wrong("policies:\n  p: {limit: 0, window: 1s}", ":2:7: /policies/p/limit: "),
        wrong("policies:\n  p: {limit: 1.5, window: 1s}", ":2:7: /policies/p/limit: "),
        wrong(
            "policies:\n  p:\n    limit: 5\n    window: 1w",
            ":4:5: /policies/p/window: \"1w\" is no duration; accepted: a whole number with us, ms, s, m, h or d, such as 10s"),
        wrong(
            "policies:\n  p:\n    limit: 5\n    window: 1s\n    brust: 2",
            ":5:5: /policies/p/brust: there is no 'brust' here"),
        wrong(
            "policies:\n  p:\n    algorithm: best\n    limit: 5\n    window: 1s",
            ":3:5: /policies/p/algorithm: \"best\" is not known; accepted: fixed-window, sliding-window-counter,"),
        wrong("policies:\n  a b: {limit: 5, window: 1s}", "a b"),
        wrong(
            "policies:\n  p:\n    limit: 5\n    window: 1s\n    on-failure: retry",
            ":5:5: /policies/p/on-failure: ",
            "local"),
        wrong(
            "policies:\n  p:\n    limit: 5\n    window: 1s\n    shadow: maybe",
            ":5:5: /policies/p/shadow: "),
        wrong("instances: 0\npolicies:\n  p: {limit: 5, window: 1s}", ":1:1: /instances: "),
        wrong(
            "policies:\n  p: {limit: 5, window: 32d}",
            ":2:3: /policies/p: window is 32d; accepted: 1 microsecond to 31 days"),
        wrong(
            "policies:\n  p: {algorithm: fixed-window, limit: 5, window: 1s, burst: 9}",
            ":2:3: /policies/p: fixed-window has no burst"),
        wrong(
            "policies:\n  p: {limit: 5, window: 1s, buckets: 4}",
            ":2:3: /policies/p: gcra has no buckets; accepted by sliding-window-buckets"),
        wrong(
            "policies:\n  p: {algorithm: sliding-window-buckets, limit: 5, window: 1s, buckets: 101}",
            "/policies/p/buckets"),
        wrong(
            "policies:\n  p:\n    limit: 5\n    window: 1s\n    lease: {permits: 5}",
            ":5:5: /policies/p/lease: ",
            "for"),
        wrong("policies:\n  p: {limit: 5, window: 1s, lease: 5}", "/policies/p/lease: "),
        wrong(
            "policies:\n  p: {limit: 5, window: 1s, lease: {permits: 5, for: 1}}",
            "/policies/p/lease/for: "),
        wrong(
            "policies:\n  p: {limit: 5, window: 1s, lease: {permits: 6, for: 1s}}",
            ":2:3: /policies/p: the lease's permits are 6; accepted: at most 5, what the limit admits at once"),
        wrong(
            "policies:\n  p: {limit: 5, window: 1s, lease: {permits: 5, for: 1001ms}}",
            ":2:3: /policies/p: the lease's time is 1001ms; accepted: at most the window, 1s"),
        wrong(
            "policies:\n  p: {limit: 5, window: 1s, lease: {permits: 5, for: 0s}}",
            ":2:3: /policies/p: the lease's time is 0s; accepted: 1 microsecond to 31 days"),
        wrong(
            "policies:\n  p: {limit: 5, window: 1s, backend: memory, lease: {permits: 5, for: 1s}}",
            ":2:3: /policies/p: a lease is borrowed from Redis, and this policy is in memory; accepted: no lease"),
        wrong(
            "policies:\n  p: {limit: 5, window: 1s, deadline: 2h}",
            ":2:3: /policies/p: deadline is 2h; accepted: over 0, at most an hour"),
        wrong(
            "policies:\n  p: {limit: 5, window: 1s}\n  q: {limit: 5, window: 1s}",
            "/: 'default' is missing",
            "accepted: p, q"),
        wrong(
            "policies:\n  p: {limit: 5, window: 1s}\ndefault: [p, x]",
            ":3:1: /default: unknown policy 'x'; accepted: p"),
        wrong(
            "policies:\n  p: {limit: 5, window: 1s}\n  q: {limit: 5, window: 1s, backend: memory}\n"
                + "default: [p, q]",
            ":4:1: /default: the policies have different backends"),
        wrong(
            "policies:\n  p: {limit: 5, window: 1s}\ntenants:\n  a/b:\n    x: {limit: 5, window: 1s}",
            ":5:5: /tenants/a~1b/x: unknown policy 'x'; accepted: p"),
        wrong(
            "policies:\n  p: {limit: 5, window: 1s}\ntenants:\n  a:\n    p: {limit: 5, window: 0s}",
            ":5:5: /tenants/a/p: window is 0s; accepted: 1 microsecond to"),
        wrong(
            "policies:\n  p: {limit: 5, window: 1s}\n  p: {limit: 6, window: 1s}",
            ":3:",
            "not valid YAML",
            "a field is there twice"),
        wrong("policies:\n  p: {limit: 5\n  q: [", "not valid YAML"));
  }

  @ParameterizedTest
  @MethodSource("wrongFiles")
  void whatIsWrongIsToldWithItsPlace(String text, List<String> faults) throws Exception {
    Path file = write(text);

    assertThat(faults(file, true)).startsWith(file.toString()).contains(faults);
  }

  @Test
  void allFaultsAreToldAtOnce() throws Exception {
    Path file =
        write("policies:\n  p: {limit: 5, window: 32d}\n  q: {limit: 5, window: 0s}\ndefault: x");

    assertThat(faults(file, true).lines())
        .hasSize(3)
        .allMatch(line -> line.startsWith(file.toString()));
  }

  @Test
  void aFileThatCannotBeReadIsTold() {
    Path file = directory.resolve("absent.yaml");

    assertThat(faults(file, true))
        .isEqualTo(file + ": the file cannot be read: there is no such file");
  }

  @Test
  void withoutARedisAPolicyCannotAskForIt() throws Exception {
    Path file = write("policies:\n  p:\n    limit: 5\n    window: 1s\n    backend: redis");

    assertThat(faults(file, false))
        .isEqualTo(file
            + ":5:5: /policies/p/backend: there is no Redis with --redis none; accepted: memory");
  }

  @Test
  void aLogThatMemoryCannotHoldIsRefused() throws Exception {
    String log = "{algorithm: sliding-window-log, window: 20m, limit: ";
    Path file = write(
        "policies:\n  p: %s1000000000, backend: memory}\n  q: %s5, backend: memory}\n  r: %s1000000000}\n"
                .formatted(log, log, log)
            + "default: r\ntenants:\n  t:\n    q: {window: 20m, limit: 1000000000}");

    assertThat(faults(file, true).lines())
        .satisfiesExactly(
            own -> assertThat(own).contains("/policies/p: limit is 1000000000; one log of it"),
            tenants -> assertThat(tenants).contains("/tenants/t/q: limit is 1000000000; one log"));
  }

  /** Whoever adds an algorithm adds it to the schema. */
  @Test
  void theSchemaListsEveryAlgorithm() throws Exception {
    JsonNode schema =
        JsonMapper.shared().readTree(DOCS.resolve("policies.schema.json").toFile());

    assertThat(schema
            .at("/$defs/policy/properties/algorithm/enum")
            .valueStream()
            .map(JsonNode::stringValue))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Algorithm.values()).map(Algorithm::id).toList());
  }
}
