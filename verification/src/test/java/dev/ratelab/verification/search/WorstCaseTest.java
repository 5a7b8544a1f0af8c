package dev.ratelab.verification.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.fixtures.PageTables;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.algorithm.SlidingWindowCounter;
import dev.ratelab.verification.TestRedis;
import dev.ratelab.verification.search.LocalSearch.Effort;
import dev.ratelab.verification.subject.RedisSubject;
import dev.ratelab.verification.subject.TransitionSubject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorstCaseTest {
  @Test
  void thePageSaysWhatIsFound() throws IOException {
    String tables = WorstCase.tables(1, new RedisSubject(TestRedis.lettuce()));
    PageTables.requireWritten(Path.of("../docs/worst-case.md"), "tables", tables);
  }

  @Test
  void anOffByOneIsFoundAtALargeLimit() {
    Limit limit = Limit.of(100, Duration.ofSeconds(1));
    Policy policy = Policy.of("p", Algorithm.SLIDING_WINDOW_COUNTER, limit);
    TransitionSubject weaker = new TransitionSubject(
        "one too many", any -> new SlidingWindowCounter(Limit.of(101, Duration.ofSeconds(1))));
    Effort effort = new Effort(4, 40);

    assertThat(LocalSearch.admitted(weaker, policy, 1_000_000, effort, 1, List.of())
            .reached())
        .isGreaterThan(199);
    assertThat(
            LocalSearch.admitted(new TransitionSubject(), policy, 1_000_000, effort, 1, List.of())
                .reached())
        .isEqualTo(199);
  }

  @Test
  void theSameSeedSearchesTheSame() {
    Policy policy =
        Policy.of("p", Algorithm.SLIDING_WINDOW_COUNTER, Limit.of(100, Duration.ofSeconds(1)));
    Effort effort = new Effort(2, 5);
    TransitionSubject subject = new TransitionSubject();

    assertThat(LocalSearch.admitted(subject, policy, 2, effort, 7, List.of()))
        .isEqualTo(LocalSearch.admitted(subject, policy, 2, effort, 7, List.of()));
  }
}
