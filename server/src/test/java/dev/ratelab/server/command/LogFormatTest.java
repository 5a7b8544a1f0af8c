package dev.ratelab.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.fixtures.ServerJvm;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The log of a process of its own, from its start to its end. */
@DisabledOnOs(OS.WINDOWS)
class LogFormatTest {
  @TempDir
  private Path folder;

  /** Serves a check and some that are none, all with the same key, and returns what was logged. */
  private List<String> log(String... options) throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    try (ServerJvm server =
            ServerJvm.start(ServerJvm.command(List.of(), options).redirectError(log.toFile()));
        RawClient client = new RawClient(server.port())) {
      assertThat(client.send(RawClient.check("hush-hush")).read().status()).isEqualTo(200);
      for (String body :
          List.of("{\"hush-hush\":1}", "{\"key\":\"hush-hush\",\"cost\":0}", "hush-hush", "")) {
        Response rejected = client.send(RawClient.post(body, "")).read();
        assertThat(rejected.status()).isIn(400, 422);
      }
      assertThat(client.send(RawClient.get("/hush-hush")).read().status()).isEqualTo(404);
      server.stop();
      assertThat(server.line()).isNull();
    }
    return Files.readAllLines(log);
  }

  @Test
  void jsonIsOneObjectALineForEachNotableEvent() throws Exception {
    List<String> lines = log("--log-format", "json", "--redis", "none");

    List<String> events = new ArrayList<>();
    for (String line : lines) {
      assertThat(line).doesNotContain("hush");
      JsonNode event = JsonMapper.shared().readTree(line);
      assertThat(event.get("timestamp").longValue()).isPositive();
      assertThat(event.get("level").stringValue()).isEqualTo("INFO");
      assertThat(event.get("formattedMessage").stringValue()).isNotEmpty();
      Map<String, String> values = values(event);
      events.add(values.get("event"));
      if (values.get("event").equals("started")) {
        assertThat(values)
            .containsEntry("policies", "gcra, 100 per 1s, burst 100")
            .containsEntry("backend", "in memory");
      }
    }
    // How many lines tell of rejections depends on how long they took.
    assertThat(events).startsWith("started", "rejected").endsWith("stopping", "stopped");
  }

  private static Map<String, String> values(JsonNode event) {
    Map<String, String> values = new TreeMap<>();
    for (JsonNode pair : event.get("kvpList")) {
      pair.properties().forEach(one -> values.put(one.getKey(), one.getValue().stringValue()));
    }
    return values;
  }

  @Test
  void textTellsOfTroubleOnly() throws Exception {
    assertThat(log("--redis", "none")).isEmpty();
  }
}
