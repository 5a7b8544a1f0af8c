package dev.ratelab.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.DurationText;
import dev.ratelab.server.http.ServerOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The examples of docs/deploy name what is there, and start the server with options that it takes. */
class DeployFilesTest {
  private static final Path DEPLOY = Path.of("..", "docs", "deploy");
  private static final String POLICIES = "/etc/ratelab/policies.yaml";

  @Test
  void compose() throws IOException {
    Map<?, ?> services = map(read("compose.yaml").get(0), "services");
    assertThat(services.keySet()).extracting(Object::toString).contains("redis", "nginx");

    for (Object service : services.values()) {
      for (Object mount : list(service, "volumes")) {
        Path source = DEPLOY.resolve(mount.toString().replaceFirst(":.*", ""));
        assertThat(source).exists();
        if (mount.toString().contains(POLICIES)) {
          assertStarts(list(service, "command"), source);
        }
      }
      Object after = ((Map<?, ?>) service).get("depends_on");
      List<String> others = after instanceof Map<?, ?> named
          ? named.keySet().stream().map(Object::toString).toList()
          : list(service, "depends_on");
      others.forEach(other -> assertThat(services.get(other)).as(other).isNotNull());
    }
    Pattern upstream = Pattern.compile("^ *server ([\\w-]+):8080", Pattern.MULTILINE);
    List<String> servers = services.entrySet().stream()
        .filter(service -> list(service.getValue(), "volumes").toString().contains(POLICIES))
        .map(service -> service.getKey().toString())
        .toList();
    assertThat(servers).hasSize(2);
    assertThat(upstream
            .matcher(Files.readString(DEPLOY.resolve("nginx.conf")))
            .results()
            .map((MatchResult found) -> found.group(1)))
        .containsExactlyElementsOf(servers);
  }

  @Test
  void kubernetes() throws IOException {
    List<Object> objects = read("kubernetes.yaml");
    Map<?, ?> pod = map(map(map(objects.get(0), "spec"), "template"), "spec");
    Map<?, ?> container = (Map<?, ?>) ((List<?>) pod.get("containers")).get(0);
    List<String> arguments = list(container, "args");
    assertStarts(arguments, Path.of("..", "docs", "policies.example.yaml"));

    Map<String, String> options = new HashMap<>();
    arguments.forEach(argument ->
        options.put(argument.replaceFirst("=.*", ""), argument.replaceFirst(".*=", "")));
    long drain = DurationText.parse(String.valueOf(options.get("--drain"))).toSeconds();
    assertThat((Integer) pod.get("terminationGracePeriodSeconds"))
        .isGreaterThan((int) (drain + ServerOptions.DEFAULT_GRACE.toSeconds()));
    assertThat(list(container, "ports").toString())
        .contains("containerPort=" + options.get("--port"));
    assertThat(map(map(container, "readinessProbe"), "httpGet").get("path"))
        .isEqualTo("/health/ready");
    assertThat(map(map(container, "livenessProbe"), "httpGet").get("path"))
        .isEqualTo("/health/live");
  }

  /** With the file that is mounted in place of the one in the container, and without serving. */
  private static void assertStarts(List<String> command, Path policies) {
    List<String> arguments = new ArrayList<>(command.stream()
        .map(part -> part.replace(POLICIES, policies.toString()))
        .toList());
    assertThat(arguments).as("the mounted file").isNotEqualTo(command);
    assertThat(arguments).contains("--host=0.0.0.0");
    arguments.add("--check-config");
    StringWriter said = new StringWriter();
    int code = PlainErrors.commandLine(new ServeCommand())
        .setOut(new PrintWriter(said))
        .setErr(new PrintWriter(said))
        .execute(arguments.toArray(String[]::new));
    assertThat(code).as(said.toString()).isZero();
  }

  private static List<Object> read(String file) throws IOException {
    List<Object> documents = new ArrayList<>();
    new Load(LoadSettings.builder().build())
        .loadAllFromString(Files.readString(DEPLOY.resolve(file)))
        .forEach(documents::add);
    return documents;
  }

  private static Map<?, ?> map(Object parent, String name) {
    return (Map<?, ?>) ((Map<?, ?>) parent).get(name);
  }

  private static List<String> list(Object parent, String name) {
    Object found = ((Map<?, ?>) parent).get(name);
    return found == null
        ? List.of()
        : ((List<?>) found).stream().map(Object::toString).toList();
  }
}
