package dev.ratelab.server.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The archive that {@code -Pdist} builds, unpacked and used as its reader would. */
@Tag("dist")
class DistributionTest {
  private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:\\d+");

  @TempDir
  private static Path folder;

  private static Path home;

  @BeforeAll
  static void unpack() throws Exception {
    run(List.of("tar", "-xzf", System.getProperty("ratelab.archive"), "-C", folder.toString()));
    try (Stream<Path> unpacked = Files.list(folder)) {
      home = unpacked
          .reduce((one, other) -> {
            throw new AssertionError("more than one folder");
          })
          .orElseThrow();
    }
  }

  @Test
  void itIsWhole() {
    assertThat(home.getFileName().toString()).startsWith("ratelab-server-");
    for (String file : List.of(
        "LICENSE",
        "README.md",
        "conf/policies.yaml",
        "conf/policies.schema.json",
        "systemd/ratelab-server.service")) {
      assertThat(home.resolve(file)).isNotEmptyFile();
    }
    assertThat(home.resolve("README.md")).content().doesNotContain("${");
    assertThat(home.resolve("bin/ratelab-server")).isExecutable();
  }

  /** By a link, as one that lies in /usr/local/bin, and until it is told to stop. */
  @Test
  void theServerStartsAnswersAndStops() throws Exception {
    Path link =
        Files.createSymbolicLink(folder.resolve("linked"), home.resolve("bin/ratelab-server"));
    Process server = new ProcessBuilder(
            link.toString(),
            "--config",
            home.resolve("conf/policies.yaml").toString(),
            "--redis",
            "none",
            "--port",
            "0")
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    try (BufferedReader out = new BufferedReader(
        new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8))) {
      String listening = out.readLine();
      Matcher address = ADDRESS.matcher(listening);
      assertThat(address.find()).as(listening).isTrue();
      URI check = URI.create(address.group() + "/check");
      HttpResponse<String> answer = HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(check)
                  .POST(BodyPublishers.ofString("{\"key\":\"alice\"}"))
                  .build(),
              BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).startsWith("{\"allowed\":true,");

      server.destroy();
      assertThat(server.waitFor()).as("what the unit calls a success").isEqualTo(143);
      assertThat(home.resolve("systemd/ratelab-server.service"))
          .content()
          .contains("SuccessExitStatus=143");
    } finally {
      server.destroyForcibly();
    }
  }

  @Test
  void theBillOfMaterialsIsOfWhatIsThere() throws IOException {
    JsonNode bill = JsonMapper.shared().readTree(home.resolve("sbom/ratelab-server.cdx.json"));
    assertThat(bill.path("bomFormat").asString()).isEqualTo("CycloneDX");
    Set<String> billed = new TreeSet<>();
    billed.add(jar(bill.path("metadata").path("component")));
    for (JsonNode component : bill.path("components")) {
      billed.add(jar(component));
    }
    Set<String> there = new TreeSet<>();
    try (Stream<Path> jars = Files.list(home.resolve("lib"))) {
      jars.map(Path::getFileName).map(Path::toString).forEach(there::add);
    }

    assertThat(billed).isEqualTo(there);
  }

  @Test
  void theRuntimeHasAllModulesThatTheLibrariesName() {
    ToolProvider jdeps = ToolProvider.findFirst("jdeps").orElseThrow();
    StringWriter out = new StringWriter();
    List<String> arguments = new ArrayList<>(
        List.of("--print-module-deps", "--ignore-missing-deps", "--multi-release", "17"));
    try (Stream<Path> jars = Files.list(home.resolve("lib"))) {
      jars.map(Path::toString).forEach(arguments::add);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    PrintWriter print = new PrintWriter(out);
    int code = jdeps.run(print, print, arguments.toArray(String[]::new));

    assertThat(code).as(out.toString()).isZero();
    assertThat(System.getProperty("ratelab.modules").split(",", -1))
        .contains(out.toString().strip().split(",", -1));
  }

  @Test
  void systemdAcceptsTheUnit() throws Exception {
    assumeThat(Path.of("/usr/bin/systemd-analyze")).exists();
    Path unit = folder.resolve("ratelab-server.service");
    Files.writeString(
        unit,
        Files.readString(home.resolve("systemd/ratelab-server.service"))
            .replace("/opt/ratelab-server", home.toString()));

    assertThat(run(List.of("systemd-analyze", "verify", "--man=no", unit.toString())))
        .isEmpty();
    // 2.5 of 10; exits with 1 above.
    run(List.of("systemd-analyze", "security", "--offline=yes", "--threshold=25", unit.toString()));
  }

  private static String jar(JsonNode component) {
    String classifier = component.path("purl").asString().replaceFirst(".*[?&]classifier=", "-");
    return component.path("name").asString()
        + "-"
        + component.path("version").asString()
        + (classifier.startsWith("-") ? classifier.replaceFirst("&.*", "") : "")
        + ".jar";
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, said).isZero();
    return said;
  }
}
