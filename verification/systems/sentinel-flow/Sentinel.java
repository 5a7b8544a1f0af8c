import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.EntryType;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRule;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRuleManager;
import com.alibaba.csp.sentinel.slots.block.flow.param.ParamFlowRule;
import com.alibaba.csp.sentinel.slots.block.flow.param.ParamFlowRuleManager;
import com.alibaba.csp.sentinel.slots.clusterbuilder.ClusterBuilderSlot;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sentinel behind JSON lines: {@code Sentinel flow}, a key being a resource under one rule for all, or {@code Sentinel
 * hot-parameter}, a key being a parameter of one resource.
 */
final class Sentinel {
  private static final String RESOURCE = "check";
  private static final JsonMapper JSON = new JsonMapper();
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  static {
    // Sentinel logs to standard output, or to files in the home directory.
    System.setOut(System.err);
    System.setProperty("csp.sentinel.log.output.type", "console");
    System.setProperty("csp.sentinel.log.dir", "target/logs");
    System.setProperty("EAGLEEYE.LOG.PATH", "target/logs");
    System.setProperty("csp.sentinel.metric.flush.interval", "0");
  }

  private final boolean keyIsResource;

  private Sentinel(boolean keyIsResource, int permits, int seconds) {
    this.keyIsResource = keyIsResource;
    if (keyIsResource) {
      if (seconds != 1) {
        throw new IllegalArgumentException("a FlowRule counts requests a second");
      }
      FlowRule rule = new FlowRule("(?s)" + RESOURCE + ":.*");
      rule.setCount(permits);
      rule.setRegex(true);
      FlowRuleManager.loadRules(List.of(rule));
    } else {
      ParamFlowRule rule = new ParamFlowRule(RESOURCE);
      rule.setParamIdx(0).setCount(permits).setDurationInSec(seconds);
      ParamFlowRuleManager.loadRules(List.of(rule));
    }
  }

  public static void main(String[] arguments) throws Exception {
    Sentinel sentinel = new Sentinel(
        arguments[0].equals("flow"), setting("RATELAB_PERMITS"), setting("RATELAB_WINDOW_MS") / 1000);
    String version = FlowRule.class.getPackage().getImplementationVersion();
    say(Map.of("name", "sentinel", "version", version == null ? "1.8.9" : version, "cost", true, "size", sentinel.keyIsResource));
    ExecutorService threads = Executors.newCachedThreadPool();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonNode question = JSON.readTree(line);
      threads.execute(() -> sentinel.answer(question));
    }
    System.exit(0);
  }

  private static int setting(String name) {
    return Integer.parseInt(System.getenv(name));
  }

  private void answer(JsonNode question) {
    Map<String, Object> answer = new HashMap<>();
    answer.put("id", question.get("id").asLong());
    try {
      if (question.path("op").asString("").equals("size")) {
        answer.put("size", ClusterBuilderSlot.getClusterNodeMap().size());
        say(answer);
        return;
      }
      answer.put("allowed", passes(question.get("key").asString(), question.get("cost").asInt()));
    } catch (RuntimeException e) {
      answer.put("error", e.toString());
    }
    say(answer);
  }

  private boolean passes(String key, int cost) {
    try {
      if (keyIsResource) {
        SphU.entry(RESOURCE + ":" + key, EntryType.IN, cost).exit();
      } else {
        Entry entry = SphU.entry(RESOURCE, EntryType.IN, cost, key);
        entry.exit(1, key);
      }
      return true;
    } catch (BlockException e) {
      return false;
    }
  }

  private static void say(Map<String, Object> answer) {
    OUT.println(JSON.writeValueAsString(answer));
  }
}
