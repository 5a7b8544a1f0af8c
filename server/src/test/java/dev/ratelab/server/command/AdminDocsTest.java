package dev.ratelab.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.command.ServeCommandTest.Running;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of docs/admin.md, request by request. */
class AdminDocsTest {
  private static final Path DOCS = Path.of("..", "docs");
  private static final String TOKEN = "0123456789abcdef";
  private static final Pattern COMMAND = Pattern.compile(
      "\\$ curl -i -H \"\\$AUTH\"(?: -X (\\w+))?(?: -H '([^']*)')?(?: -d '([^']*)')? localhost:8080(\\S+)");

  @Test
  void everyAnswerIsWhatTheDocumentationShows(@TempDir Path directory) throws Exception {
    Path token = Files.writeString(directory.resolve("token"), TOKEN);
    List<String> shown = new ArrayList<>();
    try (Running server = Running.start(
        "--policies redis --config %s --admin-token-file %s",
        DOCS.resolve("policies.example.yaml"), token)) {
      String answer = "";
      for (String line : Files.readAllLines(DOCS.resolve("admin.md"))) {
        Matcher command = COMMAND.matcher(line);
        if (command.matches()) {
          answer = squeezed(ask(server, command));
          shown.add(line);
        } else if (line.isEmpty() || line.startsWith("```")) {
          answer = "";
        } else if (!answer.isEmpty()) {
          // The phrase after the status is for people.
          String wanted = line.replaceAll("^(HTTP/1.1 \\d+) .*", "$1");
          assertThat(answer).as(shown.get(shown.size() - 1)).contains(squeezed(wanted));
        }
      }
    }
    assertThat(shown).as("requests of the example").hasSizeGreaterThan(5);
  }

  private static String ask(Running server, Matcher command) throws Exception {
    String body = command.group(3) == null ? "" : command.group(3);
    String authorization = "Authorization: Bearer " + TOKEN + "\r\n";
    Response response = server.ask(RawClient.request(
        command.group(1) == null ? "GET" : command.group(1),
        command.group(4),
        authorization + (command.group(2) == null ? "" : command.group(2) + "\r\n"),
        body));
    return "HTTP/1.1 %d etag: %s %s"
        .formatted(response.status(), response.headers().get("etag"), response.body());
  }

  private static String squeezed(String text) {
    return text.replaceAll("\\s", "");
  }
}
