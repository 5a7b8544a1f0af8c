package dev.ratelab.verification.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.algorithm.SlidingWindowCounter;
import dev.ratelab.verification.TestRedis;
import dev.ratelab.verification.search.LocalSearch.Effort;
import dev.ratelab.verification.subject.RedisSubject;
import dev.ratelab.verification.subject.TransitionSubject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorstCaseTest {
  private static final Path PAGE = Path.of("../docs/worst-case.md");
  private static final String BEGIN =
      "<!-- tables: WorstCaseTest compares them; -Dratelab.write=true writes them -->\n";
  private static final String END = "<!-- end of tables -->\n";

  @Test
  void thePageSaysWhatIsFound() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    String tables = WorstCase.tables(1, new RedisSubject(TestRedis.lettuce()));
    if (Boolean.getBoolean("ratelab.write")) {
      Files.writeString(
          PAGE, page.substring(0, begin) + "\n" + tables + "\n" + page.substring(end));
    } else {
      assertThat(page.substring(begin, end)).isEqualTo("\n" + tables + "\n");
    }
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
