package dev.ratelab.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.reports.results.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PeersPageTest {
  private static final Path PAGE = Path.of("../docs/peers.md");
  private static final String BEGIN =
      "<!-- tables: PeersPageTest compares them; -Dratelab.write=true writes them -->\n";
  private static final String END = "<!-- end of tables -->\n";

  @Test
  void thePageSaysWhatTheyPromise() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    String tables = "\n" + Peers.tables() + "\n";
    if (Boolean.getBoolean("ratelab.write")) {
      Files.writeString(PAGE, page.substring(0, begin) + tables + page.substring(end));
    } else {
      assertThat(page.substring(begin, end)).isEqualTo(tables);
    }
  }

  @Test
  void eachStatesItsVersionAndAnAlgorithmOfOurs() {
    assertThat(Peers.all()).allSatisfy(peer -> {
      assertThat(peer.version()).matches("\\d+\\.\\d+.*");
      assertThat(Arrays.stream(Algorithm.values()).map(Algorithm::id)).contains(peer.algorithm());
    });
  }

  @Test
  void noneIsSilentlyDropped() {
    assertThat(Peers.notices())
        .extracting(Notice::name)
        .contains(
            "nginx",
            "express-rate-limiter-flexible",
            "guava",
            "bucket4j (memory)",
            "bucket4j-tuned (redis, jedis)");
    assertThat(Peers.notices())
        .anySatisfy(notice -> assertThat(notice.text())
            .contains("Promises at most R", "A decision carries a boolean"));
  }
}
