package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.Policy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The policies of a namespace as text in Redis, one for all instances: the hash {@code namespace:{policies}} with the fields
 * {@code version}, {@code document} and {@code revision}. It never expires. No counter can have that key, since no policy's name holds
 * a brace.
 *
 * <p>A version is 128 bits of SHA-256 over the document. The number of a change that a failover lost is given again, and who had seen
 * the lost one would miss the other. The revision is that number: it tells which of two documents came later, so that what was lost can be
 * {@link #restore put back}. Every write is one compare-and-set of both. What the document says is not looked at here. Thread-safe.
 */
public final class StoredPolicies {
  private static final Script READ = Script.file("policies-read");
  private static final Script REPLACE = Script.file("policies-replace");
  private static final byte[] VERSION = RedisKeys.ascii("version");
  private static final byte[] REVISION = RedisKeys.ascii("revision");
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
   * Which document is stored.
   *
   * @param name names this document among all that were ever stored; what was written by hand can have any
   * @param revision how many changes led to it, in decimal digits; 0, a hyphen and what no other has for one that was the first; what was
   *     written by hand has that of the document before, or an empty one
   */
  public record Version(String name, String revision) {
    private static final Pattern NUMBER = Pattern.compile("(\\d{1,15})(-.*)?");

    private long number() {
      Matcher number = NUMBER.matcher(revision);
      return number.matches() ? Long.parseLong(number.group(1)) : 0;
    }

    /** Whether fewer changes led to this one than to the other. Of two first ones, each is older than the other. */
    public boolean isOlderThan(Version other) {
      return number() < other.number() || (number() == 0 && !revision.equals(other.revision));
    }
  }

  /**
   * What is stored.
   *
   * @param document the text
   */
  public record Stored(Version version, String document) {}

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
  public @Nullable Version version() {
    List<byte[]> reply = read(List.of(VERSION, REVISION));
    return reply.isEmpty() ? null : version(reply);
  }

  /**
   * What is stored.
   *
   * @return null if nothing is
   * @throws RedisFailure if Redis does not answer
   */
  public @Nullable Stored read() {
    List<byte[]> reply = read(List.of(VERSION, REVISION, DOCUMENT));
    return reply.isEmpty() ? null : new Stored(version(reply), text(reply.get(2)));
  }

  private static Version version(List<byte[]> reply) {
    return new Version(text(reply.get(0)), text(reply.get(1)));
  }

  /**
   * Stores the first document, if nothing is stored. It gives way to any that an instance knows.
   *
   * @return whether it is stored now; if not, somebody else was faster
   * @throws RedisFailure if Redis does not answer; whether the document is stored is then unknown
   */
  public boolean seed(String document) {
    return replace(null, document, "0-" + UUID.randomUUID());
  }

  /**
   * Stores a document in place of the one with a version, in one step.
   *
   * @param expected the version that was read, or null if nothing was stored
   * @return whether it is stored now; if not, somebody else was faster
   * @throws RedisFailure if Redis does not answer; whether the document is stored is then unknown
   */
  public boolean replace(@Nullable Version expected, String document) {
    long number = expected == null ? 0 : expected.number();
    return replace(expected, document, Long.toString(number + 1));
  }

  /**
   * Puts back what Redis has lost, with the revision that it had.
   *
   * @param known what was read
   * @param older the version that is stored in its place, or null if nothing is
   * @return whether it is stored now; if not, somebody else was faster
   * @throws RedisFailure if Redis does not answer; whether the document is stored is then unknown
   */
  public boolean restore(Stored known, @Nullable Version older) {
    long number = Math.max(1, known.version().number());
    return replace(older, known.document(), Long.toString(number));
  }

  private boolean replace(@Nullable Version expected, String document, String revision) {
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(RedisKeys.ascii(RedisKeys.hash(document)));
    arguments.add(RedisKeys.ascii(revision));
    arguments.add(document.getBytes(StandardCharsets.UTF_8));
    if (expected != null) {
      arguments.add(expected.name().getBytes(StandardCharsets.UTF_8));
      arguments.add(expected.revision().getBytes(StandardCharsets.UTF_8));
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
