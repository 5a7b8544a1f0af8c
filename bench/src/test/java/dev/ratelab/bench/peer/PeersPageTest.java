package dev.ratelab.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class PeersPageTest {
  private static final Path PAGE = Path.of("../docs/peers.md");
  private static final String BEGIN =
      "<!-- tables: PeersPageTest compares them; -Dratelab.write=true writes them -->\n";
  private static final String END = "<!-- end of tables -->\n";

  private static final Map<String, String> HTTP_ALGORITHMS =
      Map.of("nginx", "gcra", "express-rate-limiter-flexible", "fixed-window");

  @Test
  void thePageSaysWhatTheyPromise() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    String tables = "\n" + tables() + "\n";
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

  private record Entry(
      String name, String backend, String version, String algorithm, Peer.Terms terms) {
    String row(String... cells) {
      return "| `%s` | %s | %s |\n".formatted(name, backend, String.join(" | ", cells));
    }
  }

  /** What all of them promise, as Markdown. */
  private static String tables() {
    List<Entry> all = new ArrayList<>();
    for (Peer peer : Peers.all()) {
      all.add(new Entry(
          peer.name(), Peers.backend(peer), peer.version(), peer.algorithm(), peer.terms()));
    }
    for (HttpPeer peer : HttpPeer.all()) {
      String backend = peer.needsRedis() ? "HTTP, redis" : "HTTP";
      String algorithm = Objects.requireNonNull(HTTP_ALGORITHMS.get(peer.name()));
      all.add(new Entry(peer.name(), backend, "as installed", algorithm, peer.terms()));
    }
    StringBuilder text = new StringBuilder();
    text.append(
        "| peer | backend | version | instance of | promise | where a limit of ours does not fit |\n");
    text.append("|---|---|---|---|---|---|\n");
    all.forEach(one -> text.append(one.row(
        one.version, algorithm(one.algorithm), one.terms.promise(), one.terms.difference())));
    text.append(
        "\n| peer | backend | a decision carries | keyed by | an idle key's state goes | a decision is |\n");
    text.append("|---|---|---|---|---|---|\n");
    all.forEach(one -> text.append(one.row(
        one.terms.decision(), one.terms.keyed(), one.terms.expiry(), one.terms.atomicity())));
    return text.toString();
  }

  private static String algorithm(String id) {
    return id.equals(Measurement.NONE) ? "none" : "`" + id + "`";
  }
}
