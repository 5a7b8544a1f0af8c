package dev.ratelab.bench.simulate;

/**
 * How all instances of a fleet decide: what each does by itself, and what it asks the shards for. One object is the whole fleet's part,
 * in instances and shards, of one {@link FleetRun}.
 *
 * <p>Each request is ended exactly once, by one of {@link FleetTally}'s methods: at once, or when what was sent for it is there.
 */
public interface FleetDesign {
  /**
   * A request comes to an instance that is up.
   *
   * @param key its rank; {@link FleetRun#isLight} tells those without a counter
   */
  void arrive(int instance, int key, long now);

  /**
   * Reads what {@link #arrive} will read first, and changes nothing. So the processor waits for the memory of several requests at once
   * and not for one after the other.
   *
   * @return anything that was read, so that the compiler does not leave the reading out
   */
  default long readAhead(int instance, int key) {
    return 0;
  }

  /** What was sent to a shard has arrived there. The design gives the event back, or sends it on. */
  void atShard(int event, long now);

  /** What was sent to an instance, or what it set for itself, has arrived, and the instance has not crashed since it was made. */
  void atInstance(int event, long now);

  /** What was sent to an instance has arrived, but it has crashed meanwhile: the design gives the event back. */
  void forget(int event);

  /** An instance loses all that it knows; what waits there is never answered. */
  void crash(int instance, long now);

  /** The most that one request makes the central counter charge. */
  default long mostCharged() {
    return 1;
  }
}
