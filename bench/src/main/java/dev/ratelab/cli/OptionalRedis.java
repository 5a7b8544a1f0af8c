package dev.ratelab.cli;

import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.peer.Peers;
import dev.ratelab.limiter.redis.RedisFailure;
import dev.ratelab.limiter.redis.launch.NoRedisException;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.reports.results.Notice;
import dev.ratelab.reports.results.ResultsDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * The Redis that {@code --redis} asks for, if it can be had.
 *
 * @param redis what the experiments get
 * @param problem why it could not be had, or null
 */
record OptionalRedis(
    String spec,
    @Nullable RunningRedis running,
    @Nullable RedisUnderTest redis,
    @Nullable String problem)
    implements AutoCloseable {
  /** What leaves Redis out. */
  static final String NONE = "none";

  /**
   * Starts or reaches it. Where it cannot be had, a sentence on standard error says why.
   *
   * @throws ParameterException if the spec means nothing
   */
  static OptionalRedis open(CommandLine command, String spec) {
    if (spec.equals(NONE)) {
      return new OptionalRedis(spec, null, null, null);
    }
    RunningRedis running = null;
    try {
      running = RunningRedis.open(spec);
      // A URL is taken as it is: an address does not show its password.
      String url = spec.contains("://") ? spec : running.address().toString();
      return new OptionalRedis(spec, running, RedisUnderTest.at(url), null);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, "--redis: " + e.getMessage() + ", or none");
    } catch (NoRedisException | RedisFailure e) {
      if (running != null) {
        running.close();
      }
      String problem = "no Redis, so only memory is measured: %s (--redis none leaves Redis out)"
          .formatted(e.getMessage());
      command.getErr().println(problem);
      command.getErr().flush();
      return new OptionalRedis(spec, null, null, problem);
    }
  }

  /** Whether one was asked for and could not be had. */
  boolean missing() {
    return problem != null;
  }

  /** Writes into the results what is measured, or why nothing is. */
  void describe(ResultsDirectory results) throws IOException {
    if (redis != null) {
      String how = spec.contains("://") ? redis.toString() : spec;
      results.environment("redis", "Redis %s, %s".formatted(redis.version(), how));
      List<Notice> notices = new ArrayList<>();
      for (Map.Entry<String, String> fact : redis.facts(notices::add).entrySet()) {
        results.environment(fact.getKey(), fact.getValue());
      }
      if (redis.backend().equals(Subject.REDIS_CLUSTER)) {
        notices.addAll(Peers.absentFromCluster());
      }
      results.note(notices);
    } else if (problem != null) {
      results.warn("redis", problem);
    }
  }

  @Override
  public void close() {
    if (running != null) {
      running.close();
    }
  }
}
