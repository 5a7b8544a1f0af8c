package dev.ratelab.bench.conform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SystemFolderTest {
  private static final Path SYSTEMS = Path.of("..", "verification", "systems");
  private static final String GOOD = """
      {"name": "some", "version": "1.2.3", "language": "node", "backend": "memory",
       "promise": {"algorithm": "gcra", "words": "as a queue", "link": "https://example.org/"},
       "install": {"from": "npm", "command": "npm ci", "present": "node_modules/some"},
       "command": ["node", "adapter.mjs"]}
      """;

  @TempDir
  private Path directory;

  static List<SystemFolder> all() throws IOException {
    return SystemFile.all(SYSTEMS);
  }

  @ParameterizedTest
  @MethodSource("all")
  void everyFolderSaysWhatItPromisesAndWhere(SystemFolder system) throws IOException {
    assertThat(system.words()).hasSizeGreaterThan(15);
    if (system.name().startsWith("ratelab-")) {
      assertThat(Path.of("..").resolve(system.link().replaceAll("#.*", ""))).isRegularFile();
    } else {
      assertThat(system.link()).startsWith("https://");
      assertThat(system.version()).as("pinned").matches("\\d+\\.\\d+(\\.\\d+)?([-.]\\w+)*");
    }
    assertThat(system.install().command()).isNotBlank();
    assertThat(system.allowed()).allSatisfy(allowed -> {
      assertThat(Arrays.stream(Fault.values()).map(Enum::name)).contains(allowed.fault());
      assertThat(allowed.words()).hasSizeGreaterThan(15);
      assertThat(allowed.link()).startsWith("https://");
    });
  }

  /** What it starts is there; what it installs is not committed, and its version is the one that it names. */
  @ParameterizedTest
  @MethodSource("all")
  void everyFolderHasWhatItStarts(SystemFolder system) throws IOException {
    if (system.way() instanceof SystemFolder.BySubject subject) {
      assertThat(TestedSubject.parse(subject.id()).backend()).isEqualTo(system.backend());
    } else {
      List<String> command = system.way() instanceof SystemFolder.ByServer server
          ? server.command()
          : ((SystemFolder.ByProgram) system.way()).command();
      assertThat(command.stream()
              .filter(word -> word.matches(".*\\.(mjs|sh|py|rb|php|go)"))
              .map(system.folder()::resolve))
          .allSatisfy(file -> assertThat(file).isRegularFile());
    }
    if (system.install().from().equals("npm")) {
      assertThat(Files.readString(system.folder().resolve("package.json")))
          .contains("\"" + system.version() + "\"")
          .doesNotContainPattern("\"[~^][0-9]");
      assertThat(Files.readString(system.folder().resolve("package-lock.json")))
          .doesNotContain("\"resolved\": \"http");
    }
  }

  @Test
  void thereAreManyOfEachKind() throws IOException {
    assertThat(all()).hasSizeGreaterThan(60);
    assertThat(all().stream().map(system -> system.install().from()).distinct())
        .containsExactlyInAnyOrder("npm", "debian", "maven");
  }

  @Test
  void whatIsLeftOutIsUsual() throws IOException {
    SystemFolder system = SystemFile.read(folder(GOOD));

    assertThat(system.limit()).isEqualTo(Limit.of(10, Duration.ofSeconds(1)));
    assertThat(system.unitMicros()).isEqualTo(1_000);
    assertThat(system.allowed()).isEmpty();
    assertThat(system.installed()).isFalse();
    Files.createDirectories(system.folder().resolve("node_modules/some"));
    assertThat(system.installed()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"memory\"|\"disk\"|backend is 'disk'; accepted: memory, redis",
        "\"gcra\"|\"magic\"|'magic'",
        "\"npm\"|\"cargo\"|install.from is 'cargo'; accepted: debian, maven, npm",
        "\"present\"|\"somewhere\"|install must have either present or program",
        "[\"node\", \"adapter.mjs\"]|[]|command must not be empty",
        "\"command\": [|\"commando\": [|has none of command, server and subject",
        "\"name\": \"some\"|\"name\": \"other\"|name must be its folder's name, but is 'other'",
        "\"words\": \"as a queue\",||promise.words must be a string, but is missing",
        "\"version\"|\"limit\": {\"permits\": 1, \"windowMs\": 1000}, \"version\"|limitWhy must say why it has a limit of its own",
        "\"version\"|\"limitWhy\": \"x\", \"limit\": {\"permits\": 0, \"windowMs\": 1000}, \"version\"|permits",
      })
  void whatIsWrongIsSaidInOneSentence(String part, String instead, String sentence)
      throws IOException {
    String text = GOOD.replace(part, instead == null ? "" : instead);
    Path folder = folder(text);

    assertThatThrownBy(() -> SystemFile.read(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("system.json")
        .hasMessageContaining(sentence);
  }

  private Path folder(String text) throws IOException {
    Path folder = Files.createDirectories(directory.resolve("some"));
    Files.writeString(folder.resolve(SystemFile.FILE), text);
    return folder;
  }

  @Test
  void aFolderWithoutItsFileIsNone() throws IOException {
    Files.createDirectories(directory.resolve("empty"));
    folder(GOOD);

    assertThat(SystemFile.all(directory).stream().map(SystemFolder::name)).containsExactly("some");
    try (Stream<Path> entries = Files.list(directory)) {
      assertThat(entries).hasSize(2);
    }
  }
}
