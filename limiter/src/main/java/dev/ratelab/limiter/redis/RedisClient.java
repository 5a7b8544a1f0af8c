package dev.ratelab.limiter.redis;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What a limiter needs of a Redis client. Every call ends by its deadline, whatever Redis does, and is sent at most once: the
 * exceptions are answers that prove that nothing was executed, an unknown script or another node's slot. Thread-safe.
 */
public interface RedisClient extends AutoCloseable {
  /** The client's name in results: {@code lettuce} or {@code jedis}. */
  String name();

  /** Whether keys lie on several nodes, by their slots, or may: as long as nobody knows. */
  boolean clustered();

  /** Whether many calls can be under way at once, and take effect in the order in which they were made. */
  boolean pipelines();

  /**
   * Runs a script and waits for its answer.
   *
   * @param script what to run; it must reply with integers
   * @param keys its KEYS, at least one; the first decides the node in a cluster, where all must lie in one slot
   * @param arguments its ARGV
   * @param deadline the longest wait, over 0
   * @return the reply
   * @throws RedisFailure if there is no such answer by the deadline
   */
  List<Long> run(Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline);

  /**
   * As {@link #run(Script, List, List, Duration)}, for a script that replies with strings.
   *
   * @return the strings, byte for byte
   * @throws RedisFailure if there is no such answer by the deadline
   */
  List<byte[]> runForStrings(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline);

  /** As {@link #run(Script, List, List, Duration)} with one key. */
  default List<Long> run(Script script, byte[] key, List<byte[]> arguments, Duration deadline) {
    return run(script, List.of(key), arguments, deadline);
  }

  /**
   * As {@link #run(Script, List, List, Duration)}, without blocking. Calls with the same first key take effect in the order in
   * which one thread made them, as long as the server knows the script and the key's slot stays where it is; while it learns
   * the script, or the slot moves, calls under way may overtake one another. What runs when an answer completes must not
   * block: other answers wait for it.
   *
   * @return completes exceptionally, by the deadline, where {@code run} throws
   */
  CompletionStage<List<Long>> runAsync(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline);

  /** As {@link #runAsync(Script, List, List, Duration)} with one key. */
  default CompletionStage<List<Long>> runAsync(
      Script script, byte[] key, List<byte[]> arguments, Duration deadline) {
    return runAsync(script, List.of(key), arguments, deadline);
  }

  /**
   * One round trip that does nothing, without blocking.
   *
   * @return completes with whatever was answered, or exceptionally if nothing was by the deadline
   */
  CompletionStage<?> ping(Duration deadline);

  /**
   * One round trip that does nothing, on the caller's thread.
   *
   * @throws RedisFailure if there is no answer by the deadline
   */
  void pingBlocking(Duration deadline);

  /** Closes the connections. Calls under way fail. */
  @Override
  void close();
}
