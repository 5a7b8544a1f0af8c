package dev.ratelab.cli;

import dev.ratelab.bench.Profile;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.launch.NoRedisException;
import dev.ratelab.reports.ConformPages;
import dev.ratelab.reports.Pages;
import dev.ratelab.reports.results.ConformVerdict;
import dev.ratelab.reports.results.ResultsDirectory;
import dev.ratelab.server.command.AlgorithmNames;
import dev.ratelab.verification.conform.CaseReplay;
import dev.ratelab.verification.conform.Conclusion;
import dev.ratelab.verification.conform.ConclusionFile;
import dev.ratelab.verification.conform.Finding;
import dev.ratelab.verification.conform.FindingFile;
import dev.ratelab.verification.conform.Judgement;
import dev.ratelab.verification.conform.KeyHistory;
import dev.ratelab.verification.conform.OwnRedis;
import dev.ratelab.verification.conform.Promise;
import dev.ratelab.verification.conform.Trial;
import dev.ratelab.verification.conform.tested.NoAnswerException;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ratelab conform}: does a rate limiter of anybody's keep its promise? */
@Command(
    name = "conform",
    description = {
      "Attacks a rate limiter on hundreds of keys and tells which promises it breaks. Exits with 1 if it breaks one, or a part could not be tried.",
      "What it reports holds wherever between sending and answer each decision was made: a slow network never accuses.",
      "Without --limit and --window it is 10 per second."
    },
    mixinStandardHelpOptions = true)
final class ConformCommand implements Callable<Integer> {
  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final long PERMITS = 10;
  private static final Duration WINDOW = Duration.ofSeconds(1);
  private static final long MOST_PERMITS = 1_000;

  @Spec
  private CommandSpec spec;

  @Mixin
  private TestedOptions tested;

  @Mixin
  private LimitOptions limits;

  @Option(
      names = "--burst",
      paramLabel = "PERMITS",
      description = "What a bucket admits at once. Default: as --limit")
  private @Nullable Long burst;

  @Option(
      names = "--buckets",
      paramLabel = "NUMBER",
      description = "The parts of the window that sliding-window-buckets counts apart. Default: 10")
  private @Nullable Integer buckets;

  @Option(
      names = "--promise",
      paramLabel = "ALGORITHM",
      completionCandidates = AlgorithmNames.class,
      description =
          "What it promises: one of ${COMPLETION-CANDIDATES}. Default: the one that it behaves like, which is told")
  private @Nullable Algorithm promise;

  @Option(
      names = "--clock-unit",
      paramLabel = "DURATION",
      defaultValue = "1ms",
      description = "The unit in which its clock counts. Default: ${DEFAULT-VALUE}")
  private Duration clockUnit;

  @Option(
      names = "--replay",
      paramLabel = "FILE",
      description =
          "Asks once more as in one finding, raw/conform-….json of an earlier run, and holds it to the limit and the promise there.")
  private @Nullable Path replay;

  @Mixin
  private RunOptions options;

  @Override
  public Integer call() throws InterruptedException {
    tested.requireOne();
    FindingFile.Case again = replay == null ? null : found(replay);
    Limit limit = again == null ? limit() : again.limit();
    PrintWriter out = spec.commandLine().getOut();
    try (RedisOfTested redis = RedisOfTested.open(spec.commandLine(), tested, options.redis);
        TestedLimiter limiter = tested.open(limit, redis.url())) {
      return again == null
          ? conform(limiter, limit, redis.own(), out)
          : replay(limiter, again, out);
    } catch (NoAnswerException | NoRedisException e) {
      spec.commandLine().getErr().println("ratelab: " + e.getMessage());
      return FAILED;
    } catch (IOException e) {
      spec.commandLine().getErr().println("ratelab: cannot write the results: " + e.getMessage());
      return FAILED;
    } finally {
      out.flush();
      spec.commandLine().getErr().flush();
    }
  }

  private int conform(TestedLimiter limiter, Limit limit, @Nullable OwnRedis redis, PrintWriter out)
      throws InterruptedException, IOException {
    Map<String, String> parameters = LimitOptions.parameters(limit);
    parameters.put("burst", Long.toString(limit.burst()));
    ResultsDirectory results = options.create(spec.commandLine(), parameters);
    Duration planned = limit.window().multipliedBy(25);
    TerminalProgress progress = new TerminalProgress(spec.commandLine().getErr(), planned);
    progress.begin("conform " + limiter.name(), planned);
    Conclusion conclusion = Conclusion.of(
        limiter,
        limit,
        promise,
        unitMicros(),
        options.seed,
        options.profile == Profile.FULL ? 8 : 2,
        redis,
        step -> progress.step(step, 0));
    progress.pause();
    String name = tested.name().replaceAll("[^A-Za-z0-9._+-]", "-");
    ConclusionFile file = new ConclusionFile(name, "", "", "", "");
    file.write(results.path(), conclusion);
    ConclusionText.print(
        out, limiter, promise, conclusion, fault -> results.path().resolve(file.file(fault)));
    Path page = ConformPages.verdict(results.path(), ConformVerdict.raw(name));
    out.println();
    out.println("Report: " + Pages.address(page));
    return conclusion.keepsItsPromise() ? DONE : FAILED;
  }

  /** What the file says cannot be said once more: who would know which of them counts? */
  private FindingFile.Case found(Path file) {
    if (promise != null || burst != null || buckets != null || limits.isGiven()) {
      throw wrong(
          "--replay with --limit, --window, --burst, --buckets or --promise; accepted: without them, as the file has them");
    }
    try {
      return FindingFile.read(file);
    } catch (IOException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private int replay(TestedLimiter limiter, FindingFile.Case found, PrintWriter out)
      throws InterruptedException {
    List<KeyHistory> again = new CaseReplay(limiter, found.limit()).of(List.of(found.history()));
    for (var one : again.get(0).seen()) {
      out.println(String.format(
          Locale.ROOT,
          "%10.1f ms  cost %s  %s",
          (one.sent() - again.get(0).seen().get(0).sent()) / 1e3,
          one.cost(),
          one.admitted() ? "admitted" : one.denied() ? "denied" : one.problem()));
    }
    List<Finding> findings =
        Judgement.of(new Promise(found.promised(), found.limit(), unitMicros()), Trial.of(again));
    out.println(
        findings.isEmpty()
            ? "It keeps its promise in these requests."
            : findings.stream()
                .map(finding -> "%s: %s".formatted(finding.fault(), finding.sentence()))
                .collect(Collectors.joining(System.lineSeparator())));
    return findings.isEmpty() ? DONE : FAILED;
  }

  private long unitMicros() {
    return Math.max(1, clockUnit.toNanos() / 1_000);
  }

  private Limit limit() {
    Limit limit = limits.limit(PERMITS, WINDOW);
    try {
      limit = burst == null ? limit : limit.withBurst(burst);
      limit = buckets == null ? limit : limit.withBuckets(buckets);
      if (Math.max(limit.permits(), limit.burst()) > MOST_PERMITS) {
        throw wrong(
            "the limit is %s with a burst of %s; accepted by conform: at most %s, which it must ask for again and again within the window"
                .formatted(limit.permits(), limit.burst(), MOST_PERMITS));
      }
      return limit;
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
