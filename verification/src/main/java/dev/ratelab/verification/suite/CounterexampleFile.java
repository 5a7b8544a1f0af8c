package dev.ratelab.verification.suite;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.verification.property.Arrival;
import dev.ratelab.verification.property.Played;
import dev.ratelab.verification.property.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A counterexample as JSON: what it takes to run it again, and what it takes to draw it without knowing anything about
 * limiters. {@code docs/results-format.md} tells what each field means.
 */
public final class CounterexampleFile {
  static final int SCHEMA = 1;

  private CounterexampleFile() {}

  public static void write(Path file, Counterexample counterexample) throws IOException {
    Scenario scenario = counterexample.scenario();
    boolean one = scenario.isOfOneKey();
    ObjectNode root = JsonMapper.shared()
        .createObjectNode()
        .put("schema", SCHEMA)
        .put("property", counterexample.property().title())
        .put("subject", counterexample.shown().subject().name())
        .put("message", counterexample.what());
    putPolicy(root, scenario.policy());
    Lease lease = scenario.policy().lease();
    if (lease != null) {
      root.put("lease_permits", lease.permits()).put("lease_us", lease.micros());
    }
    if (!one) {
      ArrayNode policies = root.putArray("policies");
      for (ScopedPolicy policy : scenario.policies()) {
        putPolicy(policies.addObject(), policy.policy())
            .put("scope", policy.scope().id())
            .put("shadow", policy.shadow());
      }
    }
    ArrayNode arrivals = root.putArray("arrivals");
    for (Arrival arrival : scenario.arrivals()) {
      ObjectNode asked = putArrival(arrivals.addObject(), arrival);
      if (arrival.tenant() != null) {
        asked.put("tenant", arrival.tenant());
      }
      if (!one) {
        asked.put("key", arrival.key());
        arrival.policies().forEach(asked.putArray("policies")::add);
      }
    }
    ArrayNode decisions = root.putArray("decisions");
    Played shown = counterexample.shown();
    for (int i = 0; i < shown.decisions().size(); i++) {
      Decision decision = shown.decisions().get(i);
      putArrival(decisions.addObject(), shown.scenario().arrivals().get(i))
          .put("allowed", decision.allowed())
          .put("remaining", decision.remaining())
          .put("retry_after_us", decision.retryAfterMicros())
          .put("reset_after_us", decision.resetAfterMicros())
          .put("delay_us", decision.delayMicros());
    }
    ArrayNode series = root.putArray("series");
    EstimateAndTruth both = EstimateAndTruth.of(shown);
    if (!both.instants().isEmpty()) {
      addLine(series, "estimate", both.instants(), both.estimate());
      addLine(series, "truth", both.instants(), both.truth());
    }
    Files.writeString(
        file, JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root));
  }

  private static ObjectNode putPolicy(ObjectNode node, Policy policy) {
    return node.put("algorithm", policy.algorithm().id())
        .put("permits", policy.limit().permits())
        .put("window_us", policy.limit().windowMicros())
        .put("burst", policy.limit().burst())
        .put("buckets", policy.limit().buckets());
  }

  private static ObjectNode putArrival(ObjectNode node, Arrival arrival) {
    return node.put("at_us", arrival.at()).put("cost", arrival.cost());
  }

  private static void addLine(
      ArrayNode series, String name, List<Long> instants, List<Double> values) {
    ArrayNode points = series.addObject().put("name", name).putArray("points");
    for (int i = 0; i < instants.size(); i++) {
      points.addObject().put("at_us", instants.get(i)).put("value", values.get(i));
    }
  }

  /**
   * Reads what it takes to run it again.
   *
   * @throws CounterexampleException if there is none or it is malformed; the message names the file, the place and what is accepted there
   * @throws IOException if the file cannot be read
   */
  public static Replay read(Path file) throws IOException {
    return CounterexampleReader.read(file);
  }
}
