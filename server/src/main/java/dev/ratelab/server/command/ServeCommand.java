package dev.ratelab.server.command;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.failure.GuardedRateLimiter;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import dev.ratelab.limiter.memory.StoreBound;
import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.LateRedisClient;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.StoredPolicies;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.server.check.CheckServer;
import dev.ratelab.server.http.DurationText;
import dev.ratelab.server.http.EventLoopLag;
import dev.ratelab.server.http.ServerOptions;
import dev.ratelab.server.policies.AdminAccess;
import dev.ratelab.server.policies.AdminApi;
import dev.ratelab.server.policies.AdminToken;
import dev.ratelab.server.policies.Backend;
import dev.ratelab.server.policies.BackendLimiters;
import dev.ratelab.server.policies.Configuration;
import dev.ratelab.server.policies.ConfigurationException;
import dev.ratelab.server.policies.DeadlineWarning;
import dev.ratelab.server.policies.FilePolicies;
import dev.ratelab.server.policies.FixedPolicies;
import dev.ratelab.server.policies.LatePolicies;
import dev.ratelab.server.policies.LivePolicies;
import dev.ratelab.server.policies.PolicyDocument;
import dev.ratelab.server.policies.PolicyFile;
import dev.ratelab.server.policies.PolicySnapshot;
import dev.ratelab.server.policies.PolicySource;
import dev.ratelab.server.policies.ProbeDecision;
import dev.ratelab.server.policies.RedisPolicies;
import dev.ratelab.server.telemetry.Telemetry;
import dev.ratelab.server.telemetry.Traces;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.Security;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code ratelab serve}: decisions over HTTP until it is told to stop. */
@Command(
    name = "serve",
    description = {
      "Serves POST /check and POST /check/batch until Ctrl-C or SIGTERM.",
      "GET / is a live page; /metrics, /health/live and /health/ready are for machines."
    },
    mixinStandardHelpOptions = true,
    versionProvider = ManifestVersion.class)
public final class ServeCommand implements Callable<Integer> {
  private static final List<String> ONE_POLICY = List.of(
      "--algorithm",
      "--limit",
      "--window",
      "--burst",
      "--buckets",
      "--policy",
      "--on-failure",
      "--shadow");
  /** Longer than that of decisions: nobody waits for policies, and there may be many. */
  private static final Duration STORE_DEADLINE = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  @Spec
  private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = {
        "A YAML file of policies and tenants (docs/policies.md), in place of --algorithm, --limit, --window, --burst, --buckets,",
        "--policy, --on-failure and --shadow, which are for one policy."
      })
  private @Nullable Path config;

  @Option(
      names = "--check-config",
      description =
          "Only read the file of --config: exit code 0 if it is right, otherwise 2 and what is wrong where.")
  private boolean checkConfig;

  @Option(
      names = "--policies",
      paramLabel = "local|redis",
      defaultValue = "local",
      converter = WhereConverter.class,
      description = {
        "local: the policies are those of --config, which is read again when it changes, or the one of the options. redis: they are",
        "in Redis for all instances of the namespace, and changed through the admin API (docs/admin.md); those of --config or the",
        "options are stored if none are. Default: ${DEFAULT-VALUE}"
      })
  private Where where;

  @Option(
      names = "--admin-token-file",
      paramLabel = "FILE",
      description = {
        "A file with the bearer token of the admin API, which without one is off. The environment variable",
        AdminToken.VARIABLE + " can hold it instead."
      })
  private @Nullable Path adminTokenFile;

  @Option(
      names = "--admin-certificate",
      paramLabel = "SUBJECT",
      description = {
        "The subject of the client certificate that may use the admin API without a token, such as CN=ops,O=Acme.",
        "Needs --tls-client-ca."
      })
  private @Nullable String adminCertificate;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description =
          "Where to listen. Whoever reaches it may ask: there is no login. Default: ${DEFAULT-VALUE}")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "8080",
      description = "The port; 0 for any free one. Default: ${DEFAULT-VALUE}")
  private int port;

  @Option(
      names = "--algorithm",
      paramLabel = "NAME",
      defaultValue = "gcra",
      converter = AlgorithmConverter.class,
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
      converter = DurationConverter.class,
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

  @Mixin
  private RedisOptions redis;

  @Option(
      names = "--client",
      paramLabel = "lettuce|jedis",
      defaultValue = "lettuce",
      converter = ClientConverter.class,
      description = "The Redis client. Default: ${DEFAULT-VALUE}")
  private Client client;

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      defaultValue = "ratelab",
      description = "The first part of every Redis key. Default: ${DEFAULT-VALUE}")
  private String namespace;

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
      converter = DurationConverter.class,
      description = "The longest that a decision waits for Redis. Default: ${DEFAULT-VALUE}")
  private Duration deadline;

  @Option(
      names = "--on-failure",
      paramLabel = "fail-closed|fail-open|local",
      defaultValue = "fail-closed",
      converter = FailurePolicyConverter.class,
      description = {
        "What is answered when Redis does not: deny, allow, or decide in memory on the share of --instances.",
        "Default: ${DEFAULT-VALUE}"
      })
  private FailurePolicy onFailure;

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
      names = "--max-in-flight",
      paramLabel = "N",
      defaultValue = "" + Guard.DEFAULT_MAX_IN_FLIGHT,
      description = {
        "The most decisions that may wait for Redis. More are answered at once by the failure policy.",
        "Default: ${DEFAULT-VALUE}"
      })
  private int maxInFlight;

  @Option(
      names = "--deny-status",
      paramLabel = "200|429",
      defaultValue = "200",
      description = "The HTTP status of a denial; 429 for gateways. Default: ${DEFAULT-VALUE}")
  private int denyStatus;

  @Mixin
  private ConnectionOptions limits;

  @Mixin
  private TlsOptions tls;

  @Option(
      names = "--drain",
      paramLabel = "DURATION",
      defaultValue = "0s",
      converter = DurationConverter.class,
      description = {
        "How long to go on serving when told to stop, while /health/ready says no, so that load balancers look elsewhere.",
        "Default: ${DEFAULT-VALUE}"
      })
  private Duration drain;

  @Option(
      names = "--log-format",
      paramLabel = "text|json",
      defaultValue = "text",
      converter = LogFormatConverter.class,
      description = {
        "The log, on standard error. text tells of trouble; json tells of every notable event, one object a line.",
        "Keys are in neither. Default: ${DEFAULT-VALUE}"
      })
  private LogFormat logFormat;

  @Option(
      names = "--traces",
      paramLabel = "none|otlp",
      defaultValue = "none",
      converter = TracesConverter.class,
      description = {
        "otlp: OpenTelemetry traces of checks and calls to Redis, sent to port 4318 of this machine unless OTEL_EXPORTER_OTLP_ENDPOINT",
        "and OpenTelemetry's other variables say otherwise. Default: ${DEFAULT-VALUE}"
      })
  private TraceExporter traces;

  @Override
  public Integer call() throws IOException {
    // A failover may turn Redis' name to another address; the JVM would keep the old one for 30 s.
    Security.setProperty("networkaddress.cache.ttl", "1");
    if (checkConfig && config == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--check-config without a file; accepted: --config FILE --check-config");
    }
    if (where == Where.REDIS && redis.none()) {
      throw new ParameterException(
          spec.commandLine(),
          "--policies redis without Redis; accepted: another --redis than none");
    }
    if (adminCertificate != null && !tls.asksClients()) {
      throw new ParameterException(
          spec.commandLine(),
          "--admin-certificate without clients' certificates; accepted: with --tls-client-ca FILE --tls-client-auth want|require");
    }
    Start start;
    ServerOptions options;
    Guard guard;
    try {
      start = config == null ? fromOptions() : fromFile(config);
      guard = Guard.defaults()
          .withInstances(start.configuration.instances())
          .withMaxInFlight(maxInFlight)
          .withBehind(() -> EventLoopLag.current().behind());
      Policy.requireName("namespace", namespace);
      redis.check();
      options = limits
          .on(ServerOptions.defaults().withTls(tls.read()))
          .at(host, port)
          .withDenyStatus(denyStatus);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    } catch (ConfigurationException e) {
      return wrong(e);
    }
    if (checkConfig) {
      spec.commandLine()
          .getOut()
          .printf("%s: %s%n", config, summary(start.configuration.policies()));
      return ExitCode.OK;
    }
    if (drain.isNegative()) {
      throw new ParameterException(
          spec.commandLine(), "drain is %s; accepted: 0 or longer".formatted(drain));
    }
    logFormat.use();
    Hangup.ignore();
    CountDownLatch finished = new CountDownLatch(1);
    Thread hook = stopHook(Thread.currentThread(), finished);
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      serve(start, options, guard);
    } catch (ConfigurationException e) {
      return wrong(e);
    } finally {
      finished.countDown();
      remove(hook);
    }
    return ExitCode.OK;
  }

  private int wrong(ConfigurationException e) {
    spec.commandLine().getErr().println(e.getMessage());
    return ExitCode.USAGE;
  }

  /** What the command line says of the policies. */
  private record Start(
      PolicyDocument document, Configuration configuration, Optional<AdminAccess> admin) {}

  private Start fromOptions() throws ConfigurationException {
    Limit limit = Limit.of(permits, window).withBuckets(buckets);
    if (redis.none()) {
      StoreBound.requireRoom(algorithm, limit);
    }
    Policy policy = new Policy(
        name, algorithm, burst == null ? limit : limit.withBurst(burst), onFailure, deadline);
    ScopedPolicy scoped = ScopedPolicy.perKey(policy).withShadow(shadow);
    Configuration configuration = new Configuration(
        PolicySet.of(scoped),
        Map.of(name, redis.none() ? Backend.MEMORY : Backend.REDIS),
        instances);
    return new Start(FixedPolicies.document(scoped), configuration, admin());
  }

  private Start fromFile(Path file) throws ConfigurationException {
    for (String option : ONE_POLICY) {
      if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
        throw new ParameterException(
            spec.commandLine(), option + " is for one policy; accepted with --config: in the file");
      }
    }
    PolicyDocument document = PolicyDocument.yaml(file);
    return new Start(document, read(document), admin());
  }

  private Configuration read(PolicyDocument document) throws ConfigurationException {
    return PolicyFile.read(document, deadline, instances, !redis.none());
  }

  private Optional<AdminAccess> admin() throws ConfigurationException {
    return AdminAccess.of(
        AdminToken.find(adminTokenFile, System.getenv(AdminToken.VARIABLE)), adminCertificate);
  }

  private void serve(Start start, ServerOptions options, Guard guard)
      throws IOException, ConfigurationException {
    try (Telemetry telemetry = telemetry()) {
      MemoryRateLimiter memory = RateLimiters.inMemory();
      RateLimiter inMemory = telemetry.metered(memory);
      if (where == Where.LOCAL && !start.configuration.backends().containsValue(Backend.REDIS)) {
        serve(
            policies(start, new BackendLimiters(inMemory, null)),
            start,
            options,
            telemetry,
            shower(telemetry, memory),
            "in memory");
        return;
      }
      try (RunningRedis running = redis();
          RedisClient direct =
              LateRedisClient.connect(client.id(), () -> client.connect(running.address()))) {
        RedisClient connected = telemetry.metered(direct);
        GuardedRateLimiter onRedis = RateLimiters.guarded(connected, namespace, guard);
        telemetry.observe(onRedis);
        ProbeDecision own = new ProbeDecision(RateLimiters.onRedis(direct, namespace), deadline);
        own.like(start.configuration);
        DeadlineWarning deadlines = new DeadlineWarning(direct, System::nanoTime);
        BackendLimiters limiters = new BackendLimiters(inMemory, telemetry.metered(onRedis));
        serve(
            where == Where.LOCAL ? policies(start, limiters) : stored(start, limiters, direct),
            start,
            options.withHealth(telemetry.probing(() -> own.make().thenRun(deadlines::look))),
            telemetry,
            shower(telemetry, memory)
                .andThen(loaded -> onRedis.shareAmong(loaded.configuration().instances()))
                .andThen(loaded -> own.like(loaded.configuration()))
                .andThen(loaded -> deadlines.of(loaded.configuration())),
            "%s over %s".formatted(running.address(), connected.name()));
      }
    }
  }

  private Telemetry telemetry() {
    if (traces == TraceExporter.NONE) {
      return Telemetry.create();
    }
    try {
      return Telemetry.create(Traces.otlp());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  private PolicySnapshot.Reader reader(BackendLimiters limiters) {
    return document -> limiters.load(document, read(document));
  }

  /**
   * Where the policies come from.
   *
   * @param reader what every set of them must satisfy
   * @param stored where the admin API changes them, or null if it cannot
   */
  private record Policies(
      PolicySource source,
      PolicySnapshot.Reader reader,
      @Nullable StoredPolicies stored) {}

  private Policies policies(Start start, BackendLimiters limiters) {
    PolicySnapshot.Reader reader = reader(limiters);
    PolicySource source = config == null
        ? new FixedPolicies("the command line", start.document)
        : new FilePolicies(config);
    return new Policies(source, reader, null);
  }

  /** The client is not a metered one: its figures are those of decisions. */
  private Policies stored(Start start, BackendLimiters limiters, RedisClient direct) {
    PolicySnapshot.Reader reader = reader(limiters);
    StoredPolicies stored = StoredPolicies.of(direct, namespace, STORE_DEADLINE);
    PolicySource source = new LatePolicies(new RedisPolicies(stored), start.document);
    return new Policies(source, reader, stored);
  }

  /** Shows the meters of the policies that are served, and of the store in memory once one is kept there. */
  private static Consumer<PolicySnapshot> shower(Telemetry telemetry, MemoryRateLimiter memory) {
    AtomicBoolean observed = new AtomicBoolean();
    return loaded -> {
      telemetry.announce(loaded.served().policies());
      if (loaded.configuration().backends().containsValue(Backend.MEMORY)
          && observed.compareAndSet(false, true)) {
        telemetry.observe(memory);
      }
    };
  }

  private RunningRedis redis() throws ConfigurationException {
    try {
      return redis.open(System.getenv(RedisOptions.VARIABLE));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage() + ", or none");
    }
  }

  /** Returns when the JVM is told to end, or this thread is interrupted, and all that was accepted is answered. */
  private void serve(
      Policies policies,
      Start start,
      ServerOptions options,
      Telemetry telemetry,
      Consumer<PolicySnapshot> told,
      String backend)
      throws IOException, ConfigurationException {
    try (LivePolicies live = new LivePolicies(policies.source, policies.reader);
        AdminApi admin = start
            .admin
            .map(access -> new AdminApi(access, live, policies.reader, policies.stored))
            .orElse(null);
        CheckServer server =
            CheckServer.start(live, options, telemetry, admin == null ? null : admin::answer)) {
      live.start(told);
      PolicySet served = live.get().policies();
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          "Listening on %s://%s:%s: %s, %s%n",
          options.tls() == null ? "http" : "https",
          host.contains(":") ? "[" + host + "]" : host,
          server.port(),
          summary(served),
          backend);
      out.flush();
      LOG.atInfo()
          .setMessage("started")
          .addKeyValue("event", "started")
          .addKeyValue("port", server.port())
          .addKeyValue("policies", summary(served))
          .addKeyValue("backend", backend)
          .log();
      awaitStop(server);
    }
    LOG.atInfo().setMessage("stopped").addKeyValue("event", "stopped").log();
  }

  private void awaitStop(CheckServer server) {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException told) {
      server.retire();
      LOG.atInfo()
          .setMessage("stopping")
          .addKeyValue("event", "stopping")
          .addKeyValue("drain", DurationText.of(drain))
          .log();
      try {
        TimeUnit.NANOSECONDS.sleep(drain.toNanos());
      } catch (InterruptedException toldAgain) {
        // Then at once.
      }
    }
  }

  private String summary(PolicySet set) {
    Collection<ScopedPolicy> policies = set.all();
    if (config == null && where == Where.LOCAL) {
      Limit limit = policies.iterator().next().policy().limit();
      return "%s, %s per %s, %s %s"
          .formatted(
              algorithm,
              limit.permits(),
              DurationText.of(limit.window()),
              algorithm.usesBuckets() ? "buckets" : "burst",
              algorithm.parameter(limit));
    }
    int tenants = set.tenants().size();
    return "policies %s, by default %s, %s %s with limits of their own"
        .formatted(
            policies.stream().map(ScopedPolicy::name).collect(Collectors.joining(", ")),
            String.join(" and ", set.defaults()),
            tenants,
            tenants == 1 ? "tenant" : "tenants");
  }

  /** Ends the worker and waits until it has closed all it opened, a Redis of its own last. */
  private static Thread stopHook(Thread worker, CountDownLatch finished) {
    return new Thread(
        () -> {
          worker.interrupt();
          try {
            finished.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        },
        "stop");
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs: that is why we stop.
    }
  }

  /** Where the policies are. */
  private enum Where {
    LOCAL,
    REDIS
  }

  private enum Client {
    LETTUCE {
      @Override
      RedisClient connect(RedisAddress address) {
        return LettuceClient.connect(address);
      }
    },
    JEDIS {
      @Override
      RedisClient connect(RedisAddress address) {
        return JedisClient.connect(address);
      }
    };

    abstract RedisClient connect(RedisAddress address);

    String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final class WhereConverter implements ITypeConverter<Where> {
    @Override
    public Where convert(String text) {
      return switch (text) {
        case "local" -> Where.LOCAL;
        case "redis" -> Where.REDIS;
        default ->
          throw new TypeConversionException(
              "'%s' is no place for policies; accepted: local, redis".formatted(text));
      };
    }
  }

  private static final class ClientConverter implements ITypeConverter<Client> {
    @Override
    public Client convert(String text) {
      return switch (text) {
        case "lettuce" -> Client.LETTUCE;
        case "jedis" -> Client.JEDIS;
        default ->
          throw new TypeConversionException(
              "'%s' is no client; accepted: lettuce, jedis".formatted(text));
      };
    }
  }

  private static final class LogFormatConverter implements ITypeConverter<LogFormat> {
    @Override
    public LogFormat convert(String text) {
      return switch (text) {
        case "text" -> LogFormat.TEXT;
        case "json" -> LogFormat.JSON;
        default ->
          throw new TypeConversionException(
              "'%s' is no log format; accepted: text, json".formatted(text));
      };
    }
  }

  private enum TraceExporter {
    NONE,
    OTLP
  }

  private static final class TracesConverter implements ITypeConverter<TraceExporter> {
    @Override
    public TraceExporter convert(String text) {
      return switch (text) {
        case "otlp" -> TraceExporter.OTLP;
        case "none" -> TraceExporter.NONE;
        default ->
          throw new TypeConversionException(
              "'%s' is no way to send traces; accepted: none, otlp".formatted(text));
      };
    }
  }

  private static final class FailurePolicyConverter implements ITypeConverter<FailurePolicy> {
    @Override
    public FailurePolicy convert(String text) {
      try {
        return FailurePolicy.of(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  private static final class AlgorithmConverter implements ITypeConverter<Algorithm> {
    @Override
    public Algorithm convert(String text) {
      try {
        return Algorithm.of(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
