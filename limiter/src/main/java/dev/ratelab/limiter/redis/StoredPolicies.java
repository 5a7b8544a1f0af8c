package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.Policy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The policies of a namespace as text in Redis, one for all instances: the hash {@code namespace:{policies}} with the fields
 * {@code version} and {@code document}. It never expires. No counter can have that key, since no policy's name holds a brace.
 *
 * <p>A version is 128 bits of SHA-256 over the document. A counter would start again with the number of a change that a failover
 * lost, and who had seen the lost one would miss the other. What the document says is not looked at here. Thread-safe.
 */
public final class StoredPolicies {
  private static final Script READ = Script.file("policies-read");
  private static final Script REPLACE = Script.file("policies-replace");
  private static final byte[] VERSION = RedisKeys.ascii("version");
  private static final byte[] DOCUMENT = RedisKeys.ascii("document");

  private final RedisClient client;
  private final String key;
  private final Duration deadline;

  private StoredPolicies(RedisClient client, String key, Duration deadline) {
    this.client = client;
    this.key = key;
    this.deadline = deadline;
  }

  /**
   * The policies of a namespace.
   *
   * @param client stays the caller's to close
   * @param namespace 1 to 64 of {@code A-Z a-z 0-9 . _ -}
   * @param deadline the longest that a call here waits for Redis, over 0
   * @throws IllegalArgumentException if the namespace is not accepted
   */
  public static StoredPolicies of(RedisClient client, String namespace, Duration deadline) {
    Policy.requireName("namespace", namespace);
    return new StoredPolicies(client, namespace + ":{policies}", deadline);
  }

  /**
   * What is stored.
   *
   * @param version names this document among all that were ever stored; what was written by hand can have any
   * @param document the text
   */
  public record Stored(String version, String document) {}

  /** The Redis key. */
  public String key() {
    return key;
  }

  /**
   * The version that is stored, which costs little.
   *
   * @return null if nothing is stored
   * @throws RedisFailure if Redis does not answer
   */
  public @Nullable String version() {
    List<byte[]> reply = read(List.of(VERSION));
    return reply.isEmpty() ? null : text(reply.get(0));
  }

  /**
   * What is stored.
   *
   * @return null if nothing is
   * @throws RedisFailure if Redis does not answer
   */
  public @Nullable Stored read() {
    List<byte[]> reply = read(List.of(VERSION, DOCUMENT));
    return reply.isEmpty() ? null : new Stored(text(reply.get(0)), text(reply.get(1)));
  }

  /**
   * Stores a document in place of the one with a version, in one step.
   *
   * @param expected the version that was read, or null if nothing was stored
   * @return whether it is stored now; if not, somebody else was faster
   * @throws RedisFailure if Redis does not answer; whether the document is stored is then unknown
   */
  public boolean replace(@Nullable String expected, String document) {
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(RedisKeys.ascii(RedisKeys.hash(document)));
    arguments.add(document.getBytes(StandardCharsets.UTF_8));
    if (expected != null) {
      arguments.add(expected.getBytes(StandardCharsets.UTF_8));
    }
    return client.run(REPLACE, keys(), arguments, deadline).equals(List.of(1L));
  }

  private List<byte[]> read(List<byte[]> fields) {
    List<byte[]> reply = client.runForStrings(READ, keys(), fields, deadline);
    if (!reply.isEmpty() && reply.size() != fields.size()) {
      throw new RedisFailure("%s replied %s strings".formatted(READ, reply.size()), null);
    }
    return reply;
  }

  private List<byte[]> keys() {
    return List.of(RedisKeys.ascii(key));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
