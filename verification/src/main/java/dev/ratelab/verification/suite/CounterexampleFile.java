package dev.ratelab.verification.suite;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.verification.property.Arrival;
import dev.ratelab.verification.property.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/**
 * A counterexample as JSON: what it takes to run it again, and what it takes to draw it without knowing anything about
 * limiters. {@code docs/results-format.md} tells what each field means.
 */
public final class CounterexampleFile {
  static final int SCHEMA = 1;

  private static final JsonMapper JSON = JsonMapper.builder()
      .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
      .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
      .changeDefaultPropertyInclusion(
          usual -> usual.withValueInclusion(JsonInclude.Include.NON_NULL))
      .build();

  private record Document(
      int schema,
      String property,
      String subject,
      String message,
      String algorithm,
      long permits,
      long windowUs,
      long burst,
      int buckets,
      @Nullable List<Rule> policies,
      List<Asked> arrivals,
      List<Decided> decisions,
      List<Line> series) {}

  private record Rule(
      String algorithm,
      long permits,
      long windowUs,
      long burst,
      int buckets,
      String scope,
      boolean shadow) {}

  /** Tenant, key and policies only where there are several. */
  private record Asked(
      long atUs,
      long cost,
      @Nullable String tenant,
      @Nullable String key,
      @Nullable List<Integer> policies) {}

  private record Decided(
      long atUs,
      long cost,
      boolean allowed,
      long remaining,
      long retryAfterUs,
      long resetAfterUs,
      long delayUs) {}

  private record Line(String name, List<Point> points) {}

  private record Point(long atUs, double value) {}

  private CounterexampleFile() {}

  /** Writes a new file. */
  public static void write(Path file, Counterexample counterexample) throws IOException {
    Scenario scenario = counterexample.scenario();
    boolean one = scenario.isOfOneKey();
    Limit limit = scenario.policy().limit();
    Document document = new Document(
        SCHEMA,
        counterexample.property().title(),
        counterexample.subject(),
        counterexample.what(),
        scenario.policy().algorithm().id(),
        limit.permits(),
        limit.windowMicros(),
        limit.burst(),
        limit.buckets(),
        one ? null : scenario.policies().stream().map(CounterexampleFile::rule).toList(),
        scenario.arrivals().stream()
            .map(arrival -> new Asked(
                arrival.at(),
                arrival.cost(),
                arrival.tenant(),
                one ? null : arrival.key(),
                one ? null : arrival.policies()))
            .toList(),
        decisions(counterexample),
        series(counterexample));
    Files.writeString(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(document));
  }

  /**
   * Reads what it takes to run it again.
   *
   * @throws CounterexampleException if there is none or it is malformed; the message names the file, the place in it and
   *     what is accepted there
   * @throws IOException if the file cannot be read
   */
  public static Replay read(Path file) throws IOException {
    return CounterexampleReader.read(file);
  }

  private static Rule rule(ScopedPolicy policy) {
    Limit limit = policy.policy().limit();
    return new Rule(
        policy.policy().algorithm().id(),
        limit.permits(),
        limit.windowMicros(),
        limit.burst(),
        limit.buckets(),
        policy.scope().id(),
        policy.shadow());
  }

  private static List<Decided> decisions(Counterexample counterexample) {
    List<Decision> decisions = counterexample.decisions();
    return IntStream.range(0, decisions.size())
        .mapToObj(i -> {
          Arrival arrival = counterexample.shown().arrivals().get(i);
          Decision decision = decisions.get(i);
          return new Decided(
              arrival.at(),
              arrival.cost(),
              decision.allowed(),
              decision.remaining(),
              decision.retryAfterMicros(),
              decision.resetAfterMicros(),
              decision.delayMicros());
        })
        .toList();
  }

  private static List<Line> series(Counterexample counterexample) {
    EstimateAndTruth both = EstimateAndTruth.of(counterexample.shown(), counterexample.decisions());
    return both.instants().isEmpty()
        ? List.of()
        : List.of(
            line("estimate", both.instants(), both.estimate()),
            line("truth", both.instants(), both.truth()));
  }

  private static Line line(String name, List<Long> instants, List<Double> values) {
    return new Line(
        name,
        IntStream.range(0, instants.size())
            .mapToObj(i -> new Point(instants.get(i), values.get(i)))
            .toList());
  }
}
