package dev.ratelab.bench.simulate;

import dev.ratelab.limiter.DurationText;
import dev.ratelab.limiter.Lease;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The designs that can be simulated. */
// Functions without a state.
@SuppressWarnings("ImmutableEnumChecker")
public enum FleetDesigns {
  /** Each decision is a call. */
  CALL("call", CallEachDecision::new, settings -> ""),
  /** An instance gathers requests. */
  BATCHES(
      "batches",
      CallInBatches::new,
      settings -> ":time=%s,most=%s"
          .formatted(time(settings.batch().longest()), settings.batch().most())),
  /** An instance borrows blocks of one size. */
  LEASES_FIXED("leases-fixed", BorrowLeases::fixed, FleetDesigns::lease),
  /** An instance borrows blocks as large as the demand. */
  LEASES_ADAPTIVE("leases-adaptive", BorrowLeases::adaptive, FleetDesigns::lease),
  /** An instance admits by what it knows, and tells later. */
  ASYNC("async", CountAsynchronously::new, FleetDesigns::every),
  /** An instance drops requests at random, by a rate that it was told. */
  DROP("drop", DropByProbability::new, FleetDesigns::every);

  private final String id;
  private final Function<FleetRun, FleetDesign> made;
  private final Function<FleetSettings, String> parameters;

  FleetDesigns(
      String id, Function<FleetRun, FleetDesign> made, Function<FleetSettings, String> parameters) {
    this.id = id;
    this.made = made;
    this.parameters = parameters;
  }

  private static String lease(FleetSettings settings) {
    Lease lease = settings.lease();
    return ":permits=%s,time=%s".formatted(lease.permits(), time(lease.micros()));
  }

  private static String every(FleetSettings settings) {
    return ":every=" + time(settings.every());
  }

  private static String time(long micros) {
    return DurationText.of(Duration.of(micros, ChronoUnit.MICROS));
  }

  /** The name on the command line and in the results. */
  public String id() {
    return id;
  }

  /** The name with what the design takes from the settings, for example {@code leases-fixed:permits=10,time=1s}. */
  public String describe(FleetSettings settings) {
    return id + parameters.apply(settings);
  }

  FleetDesign on(FleetRun run) {
    return made.apply(run);
  }

  /**
   * The design of this {@link #id()}.
   *
   * @throws IllegalArgumentException if there is none; the message lists those there are
   */
  public static FleetDesigns of(String id) {
    return Arrays.stream(values())
        .filter(design -> design.id.equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("'%s' is no design; accepted: %s"
            .formatted(
                id,
                Arrays.stream(values()).map(FleetDesigns::id).collect(Collectors.joining(", ")))));
  }

  @Override
  public String toString() {
    return id;
  }
}
