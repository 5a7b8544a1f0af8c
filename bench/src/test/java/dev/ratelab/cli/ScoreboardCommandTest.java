package dev.ratelab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.conform.SystemFile;
import dev.ratelab.reports.results.ConformVerdict;
import dev.ratelab.reports.results.Scoreboard;
import dev.ratelab.reports.results.Scoreboard.Entry;
import dev.ratelab.reports.results.Scoreboard.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Systems of its own, so that nothing needs to be installed: a built-in subject, one that is absent and one that ends at once. */
class ScoreboardCommandTest extends CommandRun {
  @Test
  void testsWhatIsInstalledAndGoesOnWhereItWas() throws IOException {
    system("present", "\"subject\": \"gcra@memory\"", "\"program\": \"java\"");
    system("absent", "\"subject\": \"gcra@memory\"", "\"present\": \"nowhere\"");
    system(
        "broken",
        "\"command\": [\"sh\", \"-c\", \"echo out of order >&2\"]",
        "\"program\": \"sh\"");
    Path results = directory.resolve("results");

    assertThat(scoreboard("present")).as(err.toString()).isZero();

    Path file = results.resolve(ConformVerdict.raw("present"));
    ConformVerdict verdict = ConformVerdict.read(results, ConformVerdict.raw("present"));
    assertThat(verdict.behavesLike()).isEqualTo("token-bucket");
    assertThat(verdict.promise().words()).isEqualTo("keeps to its rate");
    assertThat(verdict.mostInWindow()).isBetween(2L, 4L);
    assertThat(out.toString()).contains("1 of 1 systems tested", "scoreboard.html");
    FileTime written = Files.getLastModifiedTime(file);

    assertThat(scoreboard("")).isEqualTo(1);

    assertThat(Files.getLastModifiedTime(file)).as("not run again").isEqualTo(written);
    assertThat(out.toString())
        .contains("Absent: absent; in ", "/absent: make it so")
        .contains("Did not answer: broken; ", "its last words: out of order")
        .contains("1 of 3 systems tested");
    List<Entry> systems = Scoreboard.read(results).systems();
    assertThat(systems.stream().map(Entry::name)).containsExactly("absent", "broken", "present");
    assertThat(systems.stream().map(Entry::state))
        .containsExactly(State.ABSENT, State.FAILED, State.TESTED);
    assertThat(Files.readString(results.resolve("scoreboard.html")))
        .contains("make it so", "out of order", "keeps to its rate");
  }

  @Test
  void whatNeedsARedisIsAbsentWithoutOne() throws IOException {
    Path folder = system("remote", "\"subject\": \"gcra@redis/lettuce\"", "\"program\": \"java\"");
    Path file = folder.resolve(SystemFile.FILE);
    Files.writeString(file, Files.readString(file).replace("\"memory\"", "\"redis\""));

    assertThat(scoreboard("--redis none")).isZero();

    assertThat(out.toString()).contains("Absent: remote; it needs a Redis: --redis");
  }

  @Test
  void anUnknownNameIsToldWithThoseThatAre() throws IOException {
    system("present", "\"subject\": \"gcra@memory\"", "\"program\": \"java\"");

    assertThat(scoreboard("nobody")).isEqualTo(2);

    assertThat(err.toString()).contains("there is no system 'nobody'; accepted: present");
    assertThat(directory.resolve("results")).doesNotExist();
  }

  @Test
  void aFolderThatIsWrongIsTold() throws IOException {
    Path folder = system("present", "\"subject\": \"gcra@memory\"", "\"program\": \"java\"");
    Files.writeString(folder.resolve(SystemFile.FILE), "{}");

    assertThat(scoreboard("")).isEqualTo(2);

    assertThat(err.toString()).contains("name must be a string, but is missing");
  }

  private int scoreboard(String more) {
    return run("scoreboard --systems %s --out %s %s"
        .formatted(directory.resolve("systems"), directory.resolve("results"), more)
        .strip());
  }

  /** A short window, so that its test is short. */
  private Path system(String name, String way, String install) throws IOException {
    Path folder = Files.createDirectories(directory.resolve("systems").resolve(name));
    Files.writeString(folder.resolve(SystemFile.FILE), """
        {"name": "%s", "version": "1.0", "language": "java", "backend": "memory",
         "promise": {"algorithm": "gcra", "words": "keeps to its rate", "link": "https://example.org/"},
         "limit": {"permits": 2, "windowMs": 100}, "limitWhy": "a short test",
         "install": {"from": "maven", "command": "make it so", %s},
         %s}
        """.formatted(name, install, way));
    return folder;
  }
}
