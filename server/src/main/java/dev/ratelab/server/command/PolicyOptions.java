package dev.ratelab.server.command;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.DurationText;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.server.policies.Backend;
import dev.ratelab.server.policies.Configuration;
import dev.ratelab.server.policies.ConfigurationException;
import dev.ratelab.server.policies.PolicyDocument;
import dev.ratelab.server.policies.PolicyFile;
import dev.ratelab.server.policies.StartingPolicies;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The options that say which policies are served. */
final class PolicyOptions {
  private static final List<String> ONE_POLICY = List.of(
      "--algorithm",
      "--limit",
      "--window",
      "--burst",
      "--buckets",
      "--policy",
      "--on-failure",
      "--lease-permits",
      "--lease-for",
      "--shadow");

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = {
        "A YAML file of policies and tenants (docs/policies.md), in place of --algorithm, --limit, --window, --burst, --buckets,",
        "--policy, --on-failure, --lease-permits, --lease-for and --shadow, which are for one policy."
      })
  private @Nullable Path config;

  @Option(
      names = "--policies",
      paramLabel = "local|redis",
      defaultValue = "local",
      description = {
        "local: the policies are those of --config, which is read again when it changes, or the one of the options. redis: they are",
        "in Redis for all instances of the namespace, and changed through the admin API (docs/admin.md); those of --config or the",
        "options are stored if none are. Default: ${DEFAULT-VALUE}"
      })
  private PolicyPlace where;

  @Option(
      names = "--algorithm",
      paramLabel = "NAME",
      defaultValue = "gcra",
      completionCandidates = AlgorithmNames.class,
      description = {
        "One of ${COMPLETION-CANDIDATES}.",
        "Default: ${DEFAULT-VALUE}, which is exact with little state per key"
      })
  private Algorithm algorithm;

  @Option(
      names = "--limit",
      paramLabel = "PERMITS",
      defaultValue = "100",
      description = "Permits per window, 1 to " + Limit.MAX_PERMITS + ". Default: ${DEFAULT-VALUE}")
  private long permits;

  @Option(
      names = "--window",
      paramLabel = "DURATION",
      defaultValue = "1s",
      description =
          "The window: a whole number with us, ms, s, m, h or d, such as 10s. Default: ${DEFAULT-VALUE}")
  private Duration window;

  @Option(
      names = "--burst",
      paramLabel = "PERMITS",
      description =
          "What token-bucket, gcra and leaky-bucket admit in one instant. Default: the limit's permits")
  private @Nullable Long burst;

  @Option(
      names = "--buckets",
      paramLabel = "NUMBER",
      defaultValue = "" + Limit.DEFAULT_BUCKETS,
      description = "How many parts of its window sliding-window-buckets counts apart, 1 to "
          + Limit.MAX_BUCKETS
          + ": more are closer to the exact log, and take more state. Default: ${DEFAULT-VALUE}")
  private int buckets;

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      defaultValue = "default",
      description =
          "The policy's name, in Redis keys and RateLimit fields. Default: ${DEFAULT-VALUE}")
  private String name;

  @Option(
      names = "--deadline",
      paramLabel = "DURATION",
      defaultValue = "250ms",
      description = "The longest that a decision waits for Redis. Default: ${DEFAULT-VALUE}")
  private Duration deadline;

  @Option(
      names = "--on-failure",
      paramLabel = "fail-closed|fail-open|local",
      defaultValue = "fail-closed",
      description = {
        "What is answered when Redis does not: deny, allow, or decide in memory on the share of --instances.",
        "Default: ${DEFAULT-VALUE}"
      })
  private FailurePolicy onFailure;

  @Option(
      names = "--lease-permits",
      paramLabel = "PERMITS",
      description = {
        "The most permits that this server holds of one key's limit, to decide by itself (docs/leases.md). Needs --lease-for.",
        "Default: none, each request asks Redis"
      })
  private @Nullable Long leasePermits;

  @Option(
      names = "--lease-for",
      paramLabel = "DURATION",
      description = "How long it may spend what it has borrowed, at most the window.")
  private @Nullable Duration leaseTime;

  @Option(
      names = "--instances",
      paramLabel = "N",
      defaultValue = "1",
      description = {
        "How many servers share Redis: with --on-failure local each enforces this part of the limit while it is away.",
        "Default: ${DEFAULT-VALUE}"
      })
  private int instances;

  @Option(
      names = "--shadow",
      description =
          "Decide, charge and count, but never deny: the answers tell what would be denied.")
  private boolean shadow;

  @Option(
      names = "--check-config",
      description =
          "Only read the file of --config: exit code 0 if it is right, otherwise 2 and what is wrong where.")
  private boolean checkConfig;

  /** Throws if the options do not fit together. Reads no file. */
  void check(boolean withoutRedis) {
    if (checkConfig && config == null) {
      throw new IllegalArgumentException(
          "--check-config without a file; accepted: --config FILE --check-config");
    }
    if ((leasePermits == null) != (leaseTime == null)) {
      throw new IllegalArgumentException(
          "a lease has permits and a time; accepted: --lease-permits PERMITS --lease-for DURATION");
    }
    if (where == PolicyPlace.REDIS && withoutRedis) {
      throw new IllegalArgumentException(
          "--policies redis without Redis; accepted: another --redis than none");
    }
  }

  boolean onlyChecked() {
    return checkConfig;
  }

  boolean inRedis() {
    return where == PolicyPlace.REDIS;
  }

  boolean needRedis(StartingPolicies start) {
    return inRedis() || start.configuration().backends().containsValue(Backend.REDIS);
  }

  Duration deadline() {
    return deadline;
  }

  StartingPolicies read(boolean withRedis) throws ConfigurationException {
    if (config != null) {
      for (String option : ONE_POLICY) {
        if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
          throw new IllegalArgumentException(
              option + " is for one policy; accepted with --config: in the file");
        }
      }
      return StartingPolicies.of(config, document -> read(document, withRedis));
    }
    Limit limit = Limit.of(permits, window).withBuckets(buckets);
    Policy policy = new Policy(
        name,
        algorithm,
        burst == null ? limit : limit.withBurst(burst),
        onFailure,
        deadline,
        lease());
    Backend backend = withRedis ? Backend.REDIS : Backend.MEMORY;
    backend.requireServed(policy);
    return StartingPolicies.fixed(
        ScopedPolicy.perKey(policy).withShadow(shadow), backend, instances);
  }

  private @Nullable Lease lease() {
    return leasePermits == null || leaseTime == null ? null : Lease.of(leasePermits, leaseTime);
  }

  /** What a document says where these options fill in what it leaves out. */
  Configuration read(PolicyDocument document, boolean withRedis) throws ConfigurationException {
    return PolicyFile.read(document, deadline, instances, withRedis);
  }

  /** What {@code --check-config} tells of a file that is right. */
  String checked(StartingPolicies start) {
    return "%s: %s".formatted(config, summary(start.configuration().policies()));
  }

  String summary(PolicySet set) {
    Collection<ScopedPolicy> policies = set.all();
    if (config == null && !inRedis()) {
      Policy policy = policies.iterator().next().policy();
      Limit limit = policy.limit();
      return "%s, %s per %s, %s %s%s"
          .formatted(
              algorithm,
              limit.permits(),
              DurationText.of(limit.window()),
              algorithm.usesBuckets() ? "buckets" : "burst",
              algorithm.parameter(limit),
              leases(", %s", policy));
    }
    int tenants = set.tenants().size();
    return "policies %s, by default %s, %s %s with limits of their own"
        .formatted(
            policies.stream()
                .map(each -> each.name() + leases(" (%s)", each.policy()))
                .collect(Collectors.joining(", ")),
            String.join(" and ", set.defaults()),
            tenants,
            tenants == 1 ? "tenant" : "tenants");
  }

  private static String leases(String form, Policy policy) {
    Lease lease = policy.lease();
    return lease == null
        ? ""
        : form.formatted(
            "leases of %s for %s".formatted(lease.permits(), DurationText.of(lease.time())));
  }
}
