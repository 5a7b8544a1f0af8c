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

  /**
   * Runs a script and waits for its answer.
   *
   * @param script what to run; it must reply with integers
   * @param key its only key, which decides the node in a cluster
   * @param arguments its ARGV
   * @param deadline the longest wait, over 0
   * @return the reply
   * @throws RedisFailure if there is no such answer by the deadline
   */
  List<Long> run(Script script, byte[] key, List<byte[]> arguments, Duration deadline);

  /**
   * As {@link #run}, without blocking. Calls on one key take effect in the order in which one thread made them, as long as
   * the server knows the script and the key's slot stays where it is; while it learns the script, or the slot moves, calls
   * under way may overtake one another. What runs when an answer completes must not block: other answers wait for it.
   *
   * @return completes exceptionally, by the deadline, where {@code run} throws
   */
  CompletionStage<List<Long>> runAsync(
      Script script, byte[] key, List<byte[]> arguments, Duration deadline);

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
