package dev.ratelab.bench.simulate;

import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The designs that can be simulated. */
public enum FleetDesigns {
  /** Each decision is a call. */
  CALL("call", CallEachDecision::new);

  private final String id;
  private final Function<FleetRun, FleetDesign> made;

  FleetDesigns(String id, Function<FleetRun, FleetDesign> made) {
    this.id = id;
    this.made = made;
  }

  /** The name on the command line and in the results. */
  public String id() {
    return id;
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
