package dev.ratelab.bench.workload;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The keys of a load's requests, of the clients {@code user0}, {@code user1} and so on. A sequence is drawn once from a seed and then
 * repeated, because drawing must not be measured.
 */
public final class KeySequence {
  /** Clients that may send, unless a load says otherwise. */
  public static final int CLIENTS = 10_000;

  // Powers of two. Long enough that nearly every client appears, small enough for a core's cache.
  private static final int SHORT = 1 << 16;
  // So long that no cache between a load and a server holds it all.
  private static final int LONG = 1 << 20;

  private final int[] sequence;
  // Made in advance where they are few.
  private final String[] names;

  private KeySequence(int[] sequence, int names) {
    this.sequence = sequence;
    this.names = IntStream.range(0, names).mapToObj(KeySequence::name).toArray(String[]::new);
  }

  /**
   * The sequence of a thread that asks for decisions in this process, of {@value #CLIENTS} clients.
   *
   * @param seed the run's seed
   * @param stream which of the run's sequences: one for each thread
   */
  public static KeySequence ofThread(Popularity popularity, long seed, long stream) {
    SplittableRandom random = new SplittableRandom(Seeds.derive(seed, "keys", stream));
    return new KeySequence(popularity.draw(random, CLIENTS, SHORT), CLIENTS);
  }

  /**
   * The sequence of a load.
   *
   * @param seed the run's seed
   * @param clients how many there are, at least 1
   */
  public static KeySequence ofLoad(Popularity popularity, long seed, int clients) {
    SplittableRandom random = new SplittableRandom(Seeds.derive(seed, "load-keys", 0));
    return new KeySequence(popularity.draw(random, clients, LONG), 0);
  }

  /** The sender of request number i; the sequence starts again after its end. */
  public String at(int i) {
    int client = client(i);
    return names.length == 0 ? name(client) : names[client];
  }

  /** Which client that is, by its number from 0. */
  public int client(int i) {
    return sequence[i & (sequence.length - 1)];
  }

  /** A client's key. */
  public static String name(int client) {
    return "user" + client;
  }
}
