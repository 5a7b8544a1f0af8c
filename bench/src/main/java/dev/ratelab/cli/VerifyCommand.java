package dev.ratelab.cli;

import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Targets;
import dev.ratelab.cli.VerifyExperiment.Implementations;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.server.command.AlgorithmNames;
import dev.ratelab.verification.property.Played;
import dev.ratelab.verification.property.Violation;
import dev.ratelab.verification.suite.CounterexampleFile;
import dev.ratelab.verification.suite.Implementation;
import dev.ratelab.verification.suite.Replay;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ratelab verify}: what the algorithms promise, tried on a Redis of the user's choice. */
@Command(
    name = "verify",
    description = {
      "Tries every property of the catalogue on generated cases: in Java, in memory and on a Redis of your choice. Exits with 1 if one is broken.",
      "A counterexample is made small and kept as a file for --replay."
    },
    mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
  private static final int DONE = 0;
  private static final int FAILED = 1;

  private static final List<String> NOT_WITH_REPLAY =
      List.of("--tries", "--algorithm", "--seed", "--profile", "--out");

  private final Implementations implementations;

  @Spec
  private CommandSpec spec;

  @Mixin
  private RunOptions options;

  @Option(
      names = "--algorithm",
      paramLabel = "NAME",
      completionCandidates = AlgorithmNames.class,
      description = "One of ${COMPLETION-CANDIDATES}. Default: all")
  private @Nullable Algorithm algorithm;

  @Option(
      names = "--tries",
      paramLabel = "NUMBER",
      description =
          "Cases for each property, algorithm and implementation. Default: 150, or 3000 with --profile full")
  private @Nullable Integer tries;

  @Option(
      names = "--replay",
      paramLabel = "FILE",
      description =
          "Runs one counterexample again, raw/verification-….json of an earlier run, and nothing else.")
  private @Nullable Path replay;

  VerifyCommand() {
    this(Implementations::all);
  }

  /** The command over other implementations than ours. */
  VerifyCommand(Implementations implementations) {
    this.implementations = implementations;
  }

  @Override
  public Integer call() {
    if (tries != null && tries < 1) {
      throw wrong("--tries is %s; accepted: 1 or more".formatted(tries));
    }
    if (replay == null) {
      return verify();
    }
    for (String option : NOT_WITH_REPLAY) {
      if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
        throw wrong("--replay takes no %s: the file says what is run, and nothing is written"
            .formatted(option));
      }
    }
    try {
      return replay(CounterexampleFile.read(replay));
    } catch (IOException e) {
      throw wrong(e.getMessage());
    }
  }

  private int verify() {
    List<Algorithm> algorithms =
        algorithm == null ? List.of(Algorithm.values()) : List.of(algorithm);
    // The limits are generated; this one is what a run always has.
    Limit limit = Limit.of(Experiments.PERMITS, Experiments.WINDOW);
    return new RunSession(spec.commandLine(), options)
        .run(
            limit,
            Map.of("tries", Integer.toString(VerifyExperiment.tries(tries, options.profile))),
            List.of(new VerifyExperiment(algorithms, tries, implementations)));
  }

  private int replay(Replay counterexample) {
    PrintWriter out = spec.commandLine().getOut();
    boolean held = true;
    try (OptionalRedis optional = OptionalRedis.open(spec.commandLine(), options.redis)) {
      RedisUnderTest redis = optional.redis();
      try (Targets targets = new Targets(redis == null ? null : redis.url())) {
        out.println(
            "%s, broken then by %s".formatted(counterexample.property(), counterexample.subject()));
        out.println(counterexample.scenario().describe());
        for (Implementation implementation : implementations.of(targets, redis)) {
          out.println();
          held &= holds(counterexample, implementation, out);
        }
        return held && !optional.missing() ? DONE : FAILED;
      }
    } finally {
      out.flush();
    }
  }

  private static boolean holds(Replay replay, Implementation implementation, PrintWriter out) {
    String name = implementation.subject().name();
    if (!replay.property().accepts(implementation.subject())) {
      out.println("%s: not tried: %s".formatted(name, implementation.untried()));
      return true;
    }
    Violation violation;
    try {
      violation = replay.on(implementation.subject());
    } catch (IllegalStateException e) {
      out.println("%s: no answer: %s"
          .formatted(name, e.getCause() == null ? e.getMessage() : e.getCause().getMessage()));
      return false;
    }
    if (violation == null) {
      out.println(name + ": holds");
      out.print(Played.of(implementation.subject(), replay.scenario()).table());
      return true;
    }
    out.println("%s: BROKEN, %s".formatted(name, violation.what()));
    out.print(violation.played().table());
    return false;
  }

  private ParameterException wrong(@Nullable String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
