package dev.ratelab.server.command;

import dev.ratelab.limiter.DurationText;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.redis.StoredPolicies;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.server.check.CheckServer;
import dev.ratelab.server.http.EventLoopLag;
import dev.ratelab.server.http.ServerOptions;
import dev.ratelab.server.policies.AdminAccess;
import dev.ratelab.server.policies.AdminApi;
import dev.ratelab.server.policies.ConfigurationException;
import dev.ratelab.server.policies.LatePolicies;
import dev.ratelab.server.policies.LivePolicies;
import dev.ratelab.server.policies.PolicySnapshot;
import dev.ratelab.server.policies.RedisPolicies;
import dev.ratelab.server.policies.StartingPolicies;
import dev.ratelab.server.telemetry.Telemetry;
import java.io.IOException;
import java.io.PrintWriter;
import java.security.Security;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

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
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  @Spec
  private CommandSpec spec;

  @Mixin
  private PolicyOptions policies;

  @Mixin
  private AdminOptions admins;

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

  @Mixin
  private RedisOptions redis;

  @Option(
      names = "--client",
      paramLabel = "lettuce|jedis",
      defaultValue = "lettuce",
      description = "The Redis client. Default: ${DEFAULT-VALUE}")
  private RedisClientKind client;

  @Option(
      names = "--namespace",
      paramLabel = "NAME",
      defaultValue = "ratelab",
      description = "The first part of every Redis key. Default: ${DEFAULT-VALUE}")
  private String namespace;

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
      description = {
        "How long to go on serving when told to stop, while /health/ready says no, so that load balancers look elsewhere.",
        "Default: ${DEFAULT-VALUE}"
      })
  private Duration drain;

  @Option(
      names = "--log-format",
      paramLabel = "text|json",
      defaultValue = "text",
      description = {
        "The log, on standard error. text tells of trouble; json tells of every notable event, one object a line.",
        "Keys are in neither. Default: ${DEFAULT-VALUE}"
      })
  private LogFormat logFormat;

  @Option(
      names = "--traces",
      paramLabel = "none|otlp",
      defaultValue = "none",
      description = {
        "otlp: OpenTelemetry traces of checks and calls to Redis, sent to port 4318 of this machine unless OTEL_EXPORTER_OTLP_ENDPOINT",
        "and OpenTelemetry's other variables say otherwise. Default: ${DEFAULT-VALUE}"
      })
  private TraceExporter traces;

  @Override
  public Integer call() throws IOException {
    // A failover may turn Redis' name to another address; the JVM would keep the old one for 30 s.
    Security.setProperty("networkaddress.cache.ttl", "1");
    try (Start start = parsed()) {
      if (policies.onlyChecked()) {
        spec.commandLine().getOut().println(policies.checked(start.policies));
        return ExitCode.OK;
      }
      logFormat.use();
      Hangup.ignore();
      StopHook hook = StopHook.install();
      try (Telemetry telemetry = telemetry();
          ServingBackend backend = backend(start, telemetry)) {
        serve(start, telemetry, backend);
      } finally {
        hook.remove();
      }
      return ExitCode.OK;
    } catch (ConfigurationException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return ExitCode.USAGE;
    }
  }

  private record Start(
      StartingPolicies policies, Optional<AdminAccess> admin, ServerOptions options, Guard guard)
      implements AutoCloseable {
    @Override
    public void close() {
      policies.close();
    }
  }

  private Start parsed() throws IOException, ConfigurationException {
    try {
      policies.check(redis.none());
      Optional<AdminAccess> admin = admins.access(tls.asksClients());
      Guard guard = Guard.defaults()
          .withMaxInFlight(maxInFlight)
          .withBehind(() -> EventLoopLag.current().behind());
      Policy.requireName("namespace", namespace);
      redis.check();
      ServerOptions options = limits
          .on(ServerOptions.defaults().withTls(tls.read()))
          .at(host, port)
          .withDenyStatus(denyStatus);
      if (drain.isNegative() && !policies.onlyChecked()) {
        throw new IllegalArgumentException(
            "drain is %s; accepted: 0 or longer".formatted(DurationText.of(drain)));
      }
      // The last: a file that is read is watched, too.
      StartingPolicies start = policies.read(!redis.none());
      return new Start(
          start, admin, options, guard.withInstances(start.configuration().instances()));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  private Telemetry telemetry() {
    try {
      return traces.telemetry();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  private ServingBackend backend(Start start, Telemetry telemetry) throws ConfigurationException {
    if (!policies.needRedis(start.policies)) {
      return ServingBackend.inMemory(telemetry);
    }
    RunningRedis running;
    try {
      running = redis.open(System.getenv(RedisOptions.VARIABLE));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage() + ", or none");
    }
    return ServingBackend.onRedis(
        running, client, namespace, start.guard, policies.deadline(), telemetry);
  }

  /** Returns when the JVM is told to end, or this thread is interrupted, and all that was accepted is answered. */
  private void serve(Start start, Telemetry telemetry, ServingBackend backend)
      throws IOException, ConfigurationException {
    PolicySnapshot.Reader reader =
        document -> backend.limiters().load(document, policies.read(document, !redis.none()));
    backend.warmUp(start.policies.configuration());
    StoredPolicies stored = policies.inRedis() ? backend.stored(namespace) : null;
    try (LivePolicies live = stored == null
            ? LivePolicies.starting(start.policies, backend.limiters(), reader)
            : new LivePolicies(
                new LatePolicies(new RedisPolicies(stored), start.policies.document()), reader);
        AdminApi admin = start
            .admin
            .map(access -> new AdminApi(access, live, reader, stored))
            .orElse(null);
        CheckServer server = CheckServer.start(
            live,
            start.options.withHealth(backend.health(start.policies.configuration())),
            telemetry,
            admin == null ? null : admin::answer)) {
      live.start(backend::serves);
      String summary = policies.summary(live.get().policies());
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          "Listening on %s://%s:%s: %s, %s%n",
          start.options.tls() == null ? "http" : "https",
          host.contains(":") ? "[" + host + "]" : host,
          server.port(),
          summary,
          backend.name());
      out.flush();
      LOG.atInfo()
          .addKeyValue("event", "started")
          .addKeyValue("port", server.port())
          .addKeyValue("policies", summary)
          .addKeyValue("backend", backend.name())
          .log("started");
      awaitStop(server);
    }
    LOG.atInfo().addKeyValue("event", "stopped").log("stopped");
  }

  private void awaitStop(CheckServer server) {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException told) {
      server.retire();
      LOG.atInfo()
          .addKeyValue("event", "stopping")
          .addKeyValue("drain", DurationText.of(drain))
          .log("stopping");
      try {
        TimeUnit.NANOSECONDS.sleep(drain.toNanos());
      } catch (InterruptedException toldAgain) {
        // Then at once.
      }
    }
  }
}
