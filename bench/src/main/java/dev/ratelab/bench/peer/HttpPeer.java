package dev.ratelab.bench.peer;

import dev.ratelab.limiter.Limit;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A program with an HTTP interface that limits rates. It answers 200 to what it admits and 429 to what it denies. */
public interface HttpPeer {
  /** All that are known, installed or not. */
  static List<HttpPeer> all() {
    return List.of(new NginxPeer(), new ExpressPeer());
  }

  /** The subject's name in the results, for example {@code nginx}. */
  String name();

  /** Why it cannot be started on this machine and how to change that, or empty if it can. */
  Optional<String> absentBecause();

  /**
   * What is installed, for example {@code nginx 1.22.1}.
   *
   * @throws IllegalStateException if it is absent
   */
  String version();

  /** Throws {@link IllegalStateException} if it is absent. */
  default void requirePresent() {
    absentBecause().ifPresent(reason -> {
      throw new IllegalStateException(reason);
    });
  }

  /** What it promises. */
  Peer.Terms terms();

  /** Whether it keeps its state on a Redis. */
  boolean needsRedis();

  /**
   * Starts it on a free port of the loopback, and returns when it answers. Each start begins with an empty state. At its URI the
   * key is the query's parameter {@code key}, already encoded; a request may be a GET, or a POST with a body that is not read.
   *
   * @param limit what to enforce; where its configuration cannot say it exactly, the nearest that it can
   * @param redisUrl where its state goes; ignored if it needs no Redis
   * @throws IllegalStateException if it is absent
   * @throws IllegalArgumentException if it cannot enforce anything near the limit, or needs a Redis and gets none
   * @throws IOException if it does not start; the message holds its last words
   */
  Program start(Limit limit, @Nullable String redisUrl) throws IOException, InterruptedException;
}
