package dev.ratelab.server;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.failure.GuardedJointRateLimiter;
import dev.ratelab.limiter.memory.MemoryJointRateLimiter;
import dev.ratelab.limiter.policy.JointRateLimiter;
import dev.ratelab.limiter.policy.PolicySet;
import dev.ratelab.limiter.policy.ScopedPolicy;
import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisJointRateLimiter;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.server.telemetry.Telemetry;
import dev.ratelab.server.telemetry.Traces;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code ratelab serve}: decisions over HTTP until it is told to stop. */
@Command(
    name = "serve",
    description = {
      "Serves POST /check and POST /check/batch until Ctrl-C or SIGTERM. GET / is a live page; /metrics, /health/live and",
      "/health/ready are for machines."
    },
    mixinStandardHelpOptions = true,
    versionProvider = ManifestVersion.class)
public final class ServeCommand implements Callable<Integer> {
  private static final String MEMORY = "none";
  private static final List<String> ONE_POLICY = List.of(
      "--algorithm", "--limit", "--window", "--burst", "--policy", "--on-failure", "--shadow");
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  @Spec
  private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = {
        "A YAML file of policies and tenants (docs/policies.md), in place of --algorithm, --limit, --window, --burst,",
        "--policy, --on-failure and --shadow, which are for one policy."
      })
  private @Nullable Path config;

  @Option(
      names = "--check-config",
      description =
          "Only read the file of --config: exit code 0 if it is right, otherwise 2 and what is wrong where.")
  private boolean checkConfig;

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
      description = {
        "fixed-window, sliding-window-counter, sliding-window-log, token-bucket, gcra or leaky-bucket.",
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
      names = "--redis",
      paramLabel = "URL|embedded|docker|none",
      defaultValue = "embedded",
      description = {
        "embedded: a Redis started here on a free port, gone when the server ends. docker: one through Testcontainers.",
        "URL: yours, redis://[user:pass@]host:port. none: in this process's memory. Default: ${DEFAULT-VALUE}"
      })
  private String redis;

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

  @Option(
      names = "--max-body",
      paramLabel = "BYTES",
      defaultValue = "" + ServerOptions.DEFAULT_MAX_BODY_BYTES,
      description = "The longest request body, 1 to " + ServerOptions.MAX_BODY_BYTES
          + ". Default: ${DEFAULT-VALUE}")
  private int maxBody;

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
    if (checkConfig && config == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--check-config without a file; accepted: --config FILE --check-config");
    }
    Configuration configuration;
    ServerOptions options;
    Guard guard;
    try {
      configuration = config == null ? onePolicy() : fromFile(config);
      guard = Guard.defaults()
          .withInstances(configuration.instances())
          .withMaxInFlight(maxInFlight)
          .withBehind(() -> Round.current().behind());
      Policy.requireName("namespace", namespace);
      options = ServerOptions.defaults()
          .at(host, port)
          .withDenyStatus(denyStatus)
          .withMaxBodyBytes(maxBody)
          // No decision that was asked for in time is cut off.
          .withGrace(ServerOptions.DEFAULT_GRACE.plus(longestDeadline(configuration)));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    } catch (ConfigurationException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return ExitCode.USAGE;
    }
    if (checkConfig) {
      spec.commandLine().getOut().printf("%s: %s%n", config, summary(configuration.policies()));
      return ExitCode.OK;
    }
    if (drain.isNegative()) {
      throw new ParameterException(
          spec.commandLine(), "drain is %s; accepted: 0 or longer".formatted(drain));
    }
    logFormat.use();
    CountDownLatch finished = new CountDownLatch(1);
    Thread hook = stopHook(Thread.currentThread(), finished);
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      serve(configuration, options, guard);
    } finally {
      finished.countDown();
      remove(hook);
    }
    return ExitCode.OK;
  }

  private Configuration onePolicy() {
    Limit limit = Limit.of(permits, window);
    Policy policy = new Policy(
        name, algorithm, burst == null ? limit : limit.withBurst(burst), onFailure, deadline);
    return new Configuration(
        PolicySet.of(ScopedPolicy.perKey(policy).withShadow(shadow)),
        Map.of(name, redis.equals(MEMORY) ? Backend.MEMORY : Backend.REDIS),
        instances);
  }

  private Configuration fromFile(Path file) throws ConfigurationException {
    for (String option : ONE_POLICY) {
      if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
        throw new ParameterException(
            spec.commandLine(), option + " is for one policy; accepted with --config: in the file");
      }
    }
    return PolicyFile.read(file, deadline, instances, !redis.equals(MEMORY));
  }

  private static Duration longestDeadline(Configuration configuration) {
    return configuration.policies().all().stream()
        .map(policy -> policy.policy().deadline())
        .max(Comparator.naturalOrder())
        .orElse(Policy.DEFAULT_DEADLINE);
  }

  private void serve(Configuration configuration, ServerOptions options, Guard guard)
      throws IOException {
    try (Telemetry telemetry = telemetry()) {
      MemoryJointRateLimiter memory = MemoryJointRateLimiter.create();
      if (configuration.backends().containsValue(Backend.MEMORY)) {
        telemetry.observe(memory);
      }
      if (!configuration.backends().containsValue(Backend.REDIS)) {
        serve(served(configuration, memory, memory), options, telemetry, "in memory");
        return;
      }
      try (RunningRedis running = redis();
          RedisClient connected = telemetry.metered(client.connect(running.address()))) {
        GuardedJointRateLimiter onRedis =
            GuardedJointRateLimiter.of(RedisJointRateLimiter.of(connected, namespace), guard);
        telemetry.observe(onRedis);
        serve(
            served(configuration, memory, onRedis),
            options.withHealth(() -> connected.ping(deadline)),
            telemetry,
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

  private static Served served(
      Configuration configuration, JointRateLimiter memory, JointRateLimiter redis) {
    Map<String, JointRateLimiter> limiters = new HashMap<>();
    configuration
        .backends()
        .forEach(
            (policy, backend) -> limiters.put(policy, backend == Backend.MEMORY ? memory : redis));
    return new Served(configuration.policies(), limiters, true);
  }

  private RunningRedis redis() {
    try {
      return RunningRedis.open(redis);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage() + ", or none");
    }
  }

  /** Returns when the JVM is told to end, or this thread is interrupted, and all that was accepted is answered. */
  private void serve(Served served, ServerOptions options, Telemetry telemetry, String backend)
      throws IOException {
    try (CheckServer server = CheckServer.start(served, options, telemetry)) {
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          "Listening on http://%s:%d: %s, %s%n",
          host.contains(":") ? "[" + host + "]" : host,
          server.port(),
          summary(served.policies()),
          backend);
      out.flush();
      LOG.atInfo()
          .setMessage("started")
          .addKeyValue("event", "started")
          .addKeyValue("port", server.port())
          .addKeyValue("policies", summary(served.policies()))
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
          .addKeyValue("drain", drain)
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
    if (config == null) {
      Limit limit = policies.iterator().next().policy().limit();
      return "%s, %d per %s, burst %d"
          .formatted(
              algorithm, limit.permits(), DurationConverter.text(limit.window()), limit.burst());
    }
    int tenants = set.tenants().size();
    return "policies %s, by default %s, %d %s with limits of their own"
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
