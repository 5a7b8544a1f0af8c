package dev.ratelab.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.reports.results.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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

  /** What all of them promise, as Markdown. */
  private static String tables() {
    StringBuilder text = new StringBuilder();
    text.append(
        "| peer | backend | version | instance of | promise | where a limit of ours does not fit |\n");
    text.append("|---|---|---|---|---|---|\n");
    for (Peer peer : Peers.all()) {
      row(
          text,
          peer.name(),
          Peers.backend(peer),
          peer.version(),
          algorithm(peer.algorithm()),
          peer.terms().promise(),
          peer.terms().difference());
    }
    for (HttpPeer peer : HttpPeer.all()) {
      Peer.Terms terms = Peers.terms(peer);
      row(
          text,
          peer.name(),
          backend(peer),
          "as installed",
          algorithm(Objects.requireNonNull(HTTP_ALGORITHMS.get(peer.name()))),
          terms.promise(),
          terms.difference());
    }
    text.append(
        "\n| peer | backend | a decision carries | keyed by | an idle key's state goes | a decision is |\n");
    text.append("|---|---|---|---|---|---|\n");
    for (Peer peer : Peers.all()) {
      rest(text, peer.name(), Peers.backend(peer), peer.terms());
    }
    for (HttpPeer peer : HttpPeer.all()) {
      rest(text, peer.name(), backend(peer), Peers.terms(peer));
    }
    return text.toString();
  }

  private static void rest(StringBuilder text, String name, String backend, Peer.Terms terms) {
    row(text, name, backend, terms.decision(), terms.keyed(), terms.expiry(), terms.atomicity());
  }

  private static void row(StringBuilder text, String name, String... cells) {
    text.append("| `")
        .append(name)
        .append("` | ")
        .append(String.join(" | ", cells))
        .append(" |\n");
  }

  private static String algorithm(String id) {
    return id.equals(Peer.NONE) ? "none" : "`" + id + "`";
  }

  private static String backend(HttpPeer peer) {
    return peer.needsRedis() ? "HTTP, redis" : "HTTP";
  }
}
