package dev.ratelab.verification.conform;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.conform.tested.ToldWait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A finding as JSON: what it takes to ask it again, and the curve beside its bound. {@code docs/results-format.md} tells what each field means. */
public final class FindingFile {
  private static final int SCHEMA = 1;
  private static final int BOUND_POINTS = 80;

  private FindingFile() {}

  /** What it takes to ask a finding again: what the limiter was held to, and what it was asked. */
  public record Case(Algorithm promised, Limit limit, KeyHistory history) {}

  /** Writes one; throws {@link IOException} if it cannot be written. */
  public static void write(Path file, String system, Promise promise, Finding finding)
      throws IOException {
    ObjectNode root = JsonMapper.shared()
        .createObjectNode()
        .put("schema", SCHEMA)
        .put("system", system)
        .put("fault", finding.fault().name())
        .put("sentence", finding.sentence())
        .put("attack", finding.evidence().attack().name())
        .put("about", finding.evidence().about());
    putPromise(root.putObject("promise"), promise.algorithm().id(), promise.limit());
    List<Observation> evidence = finding.evidence().seen();
    List<String> keys = evidence.stream().map(Observation::key).distinct().toList();
    root.putPOJO("keys", keys);
    ArrayNode requests = root.putArray("requests");
    for (Observation one : evidence) {
      ObjectNode asked = requests
          .addObject()
          .put("key", keys.indexOf(one.key()))
          .put("instance", one.instance())
          .put("cost", one.cost())
          .put("sent_us", one.sent() - evidence.get(0).sent())
          .put("answered_us", one.answered() - evidence.get(0).sent());
      put(asked, one.answer());
      if (one.problem() != null) {
        asked.put("problem", one.problem());
      }
    }
    putCurve(root.putArray("series"), promise, evidence);
    Files.writeString(
        file, JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(root));
  }

  static void putPromise(ObjectNode node, String algorithm, Limit limit) {
    node.put("algorithm", algorithm)
        .put("permits", limit.permits())
        .put("window_us", limit.windowMicros())
        .put("burst", limit.burst())
        .put("buckets", limit.buckets());
  }

  private static void put(ObjectNode asked, @Nullable Answer answer) {
    if (answer == null) {
      return;
    }
    asked.put("allowed", answer.allowed());
    if (answer.remaining() != null) {
      asked.put("remaining", answer.remaining());
    }
    putWait(asked, "retry_after_us", answer.retryAfter());
    putWait(asked, "reset_after_us", answer.resetAfter());
  }

  private static void putWait(ObjectNode asked, String name, @Nullable ToldWait wait) {
    if (wait != null) {
      asked.put(name, wait.micros());
    }
  }

  /** The most that was surely admitted in each length, and what is allowed in it. */
  private static void putCurve(ArrayNode series, Promise promise, List<Observation> evidence) {
    List<Observation> admitted = evidence.stream().filter(Observation::admitted).toList();
    TreeMap<Long, Long> curve = new TreeMap<>();
    for (Observation first : admitted) {
      TreeMap<Long, Long> answered = new TreeMap<>();
      for (Observation one : admitted) {
        if (one.sent() >= first.sent()) {
          answered.merge(one.answered(), one.cost(), Long::sum);
        }
      }
      long sum = 0;
      for (Map.Entry<Long, Long> step : answered.entrySet()) {
        sum += step.getValue();
        curve.merge(step.getKey() - first.sent() + 1, sum, Math::max);
      }
    }
    ArrayNode points = series.addObject().put("name", "admitted").putArray("points");
    long highest = 0;
    for (Map.Entry<Long, Long> point : curve.entrySet()) {
      if (point.getValue() > highest) {
        highest = point.getValue();
        points.addObject().put("tau_us", point.getKey()).put("value", highest);
      }
    }
    ArrayNode bound = series.addObject().put("name", "bound").putArray("points");
    long longest = curve.isEmpty() ? promise.limit().windowMicros() : curve.lastKey();
    for (int i = 0; i <= BOUND_POINTS; i++) {
      long tau = Math.max(1, longest * i / BOUND_POINTS);
      bound.addObject().put("tau_us", tau).put("value", promise.most(tau));
    }
  }

  /**
   * Reads what it takes to ask it again.
   *
   * @throws IOException if the file cannot be read, or is none of these; the message is one sentence that says which and why
   */
  public static Case read(Path file) throws IOException {
    try {
      JsonNode root = JsonMapper.shared().readTree(Files.readString(file));
      if (root.path("schema").asInt(0) != SCHEMA || !root.path("requests").isArray()) {
        throw new IOException(
            "%s is no finding of conform; accepted: raw/conform-….json with \"schema\": %s and \"requests\""
                .formatted(file, SCHEMA));
      }
      if (root.path("requests").isEmpty()) {
        throw new IOException(
            "%s holds no requests, as what it shows took a whole run: run conform again"
                .formatted(file));
      }
      List<Observation> seen = new ArrayList<>();
      for (JsonNode one : root.path("requests")) {
        seen.add(new Observation(
            root.path("keys").path(one.path("key").asInt()).asString(),
            one.path("instance").asInt(),
            one.path("cost").asLong(),
            one.path("sent_us").asLong(),
            one.path("answered_us").asLong(),
            one.has("allowed") ? Answer.of(one.path("allowed").asBoolean()) : null,
            null));
      }
      Attack attack = Attack.valueOf(root.path("attack").asString());
      String about = root.path("about").asString();
      if (attack == Attack.CLOCK) {
        var unused = Duration.parse(about);
      }
      JsonNode promise = root.path("promise");
      Limit limit = new Limit(
          promise.path("permits").asLong(0),
          promise.path("window_us").asLong(0),
          promise.path("burst").asLong(0),
          promise.path("buckets").asInt(Limit.DEFAULT_BUCKETS));
      return new Case(
          Algorithm.of(promise.path("algorithm").asString()),
          limit,
          new KeyHistory(attack, about, seen));
    } catch (JacksonException | IllegalArgumentException | DateTimeParseException e) {
      throw new IOException(
          "%s cannot be read as a finding: %s".formatted(file, e.getMessage()), e);
    }
  }
}
