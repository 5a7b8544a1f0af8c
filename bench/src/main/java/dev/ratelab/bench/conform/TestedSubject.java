package dev.ratelab.bench.conform;

import dev.ratelab.bench.Subject;
import dev.ratelab.bench.peer.Peer;
import dev.ratelab.bench.peer.Peers;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.verification.conform.tested.NoAnswerException;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What is built in, ours and the libraries of others, as {@code conform} asks any rate limiter: on the real clock. */
public final class TestedSubject {
  // The place in Redis is the URL's: a cluster is no other subject here.
  private static final Map<String, Subject> ALL = all();

  private TestedSubject() {}

  /** What {@link #parse} accepts, in the order shown: {@code NAME@BACKEND}, and {@code /CLIENT} on Redis. */
  public static List<String> accepted() {
    return List.copyOf(ALL.keySet());
  }

  /**
   * Reads {@code NAME@BACKEND} or {@code NAME@BACKEND/CLIENT}. The client may be left out where there is one.
   *
   * @throws IllegalArgumentException if there is none of this name; the message lists what is accepted
   */
  public static Subject parse(String text) {
    List<Subject> meant = new ArrayList<>();
    ALL.forEach((id, subject) -> {
      if (text.equals(id) || text.equals(subject.name() + "@" + subject.backend())) {
        meant.add(subject);
      }
    });
    if (meant.size() != 1) {
      throw new IllegalArgumentException("'%s' is %s; accepted: %s"
          .formatted(
              text,
              meant.isEmpty() ? "no built-in limiter" : "there over several clients",
              String.join(", ", ALL.keySet())));
    }
    return meant.get(0);
  }

  /**
   * Makes one ready, from an empty state. Ours tell all that a decision carries. Others tell what their call returns, which for
   * most is only whether it admits.
   *
   * @param redis the URL of a Redis; null is enough for a subject in memory
   * @throws NoAnswerException if it does not take the limit, or needs a Redis that is not there
   */
  public static TestedLimiter open(Subject subject, Limit limit, @Nullable String redis) {
    String namespace = "ratelab-conform-" + UUID.randomUUID();
    return open(new Opening(subject, limit, redis, namespace, Duration.ZERO));
  }

  /**
   * How one is opened.
   *
   * @param ahead how far an instance's own clock is ahead
   */
  record Opening(
      Subject subject, Limit limit, @Nullable String redis, String namespace, Duration ahead) {
    /** That of a second instance with the same state. */
    Opening another(Duration itsAhead) {
      return new Opening(subject, limit, redis, namespace, itsAhead);
    }

    String name() {
      return id(subject);
    }
  }

  static TestedLimiter open(Opening opening) {
    try {
      return opening
          .subject()
          .peer()
          .<TestedLimiter>map(peer -> new TestedPeer(opening, peer))
          .orElseGet(() -> new TestedRatelab(opening));
    } catch (RuntimeException e) {
      throw new NoAnswerException(
          "%s cannot be opened with this limit and this Redis: %s"
              .formatted(opening.name(), e.getMessage()),
          e);
    }
  }

  private static String id(Subject subject) {
    return subject.name() + "@" + subject.backend()
        + (subject.isRemote() ? "/" + subject.client() : "");
  }

  private static Map<String, Subject> all() {
    Map<String, Subject> all = new LinkedHashMap<>();
    for (Algorithm algorithm : Algorithm.values()) {
      add(all, new Subject(algorithm.id(), Subject.MEMORY, Measurement.NONE));
    }
    for (String client : Subject.CLIENTS) {
      for (Algorithm algorithm : Algorithm.values()) {
        add(all, new Subject(algorithm.id(), Subject.REDIS, client));
      }
    }
    for (Peer peer : Peers.all()) {
      add(all, Subject.of(peer));
    }
    return all;
  }

  private static void add(Map<String, Subject> all, Subject subject) {
    all.put(id(subject), subject);
  }
}
