package dev.ratelab.bench.memory;

import static dev.ratelab.bench.TestRuns.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.TestRuns;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

class BytesPerKeyTest {
  @TempDir
  private Path directory;

  @Test
  void onlyTheLogGrowsWithWhatItAdmitsAndNoKeyStaysBehind() throws Exception {
    try (RunningRedis redis = RunningRedis.open("embedded")) {
      Run run = TestRuns.of(
          directory, Limit.of(100, Duration.ofSeconds(1)), redis.address().toString());

      new BytesPerKey().run(run);

      for (Subject subject : Subject.limiters(run)) {
        if (subject.client().equals("jedis")) {
          continue;
        }
        double one = value(run, subject, "admitted-1", "bytes-per-key");
        double full = value(run, subject, "admitted-100", "bytes-per-key");
        // Whatever else lives in this heap blurs its numbers; a hundred log entries stand out.
        boolean log = subject.name().equals("sliding-window-log");
        assertThat(full - one).as(subject.title()).matches(more -> more > 1_000 == log);
        if (subject.isRemote()) {
          assertThat(one).as(subject.title()).isBetween(100.0, 400.0);
        }
      }
      // No limiter can keep less than a key and a number.
      Subject bare = new Subject(Subject.BARE_KEY, "redis", "lettuce");
      double least = value(run, bare, Subject.BARE_KEY, "bytes-per-key");
      Subject.limiters(run).stream()
          .filter(subject -> subject.client().equals("lettuce"))
          .forEach(subject ->
              assertThat(value(run, subject, "admitted-1", "bytes-per-key")).isGreaterThan(least));
      assertThat(least).isBetween(50.0, 200.0);
      Subject entry = new Subject(Subject.MAP_ENTRY, "memory", "none");
      assertThat(value(run, entry, Subject.MAP_ENTRY, "bytes-per-key")).isPositive();
      Subject.inMemory().stream()
          .filter(subject -> subject.peer().isPresent())
          .forEach(peer -> assertThat(value(run, peer, "admitted-1", "bytes-per-key"))
              .as(peer.title())
              .isPositive());
      try (Jedis jedis = new Jedis(redis.address().host(), redis.address().port())) {
        assertThat(jedis.dbSize()).isZero();
      }
    }
  }

  @Test
  void aLimitTooLargeForADayIsCutAndNotRefused() throws Exception {
    Run run = TestRuns.of(directory, Limit.of(1_000_000_000, Duration.ofMillis(1)), null);

    new BytesPerKey().run(run);

    Subject gcra = new Subject("gcra", "memory", "none");
    assertThat(value(run, gcra, "admitted-1000", "bytes-per-key")).isPositive();
  }
}
