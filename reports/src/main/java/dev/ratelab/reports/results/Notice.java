package dev.ratelab.reports.results;

import java.util.Arrays;
import java.util.Optional;

/**
 * Something that a run says in words about its numbers.
 *
 * @param name what it is about; a run has one notice of each kind and name
 */
public record Notice(Kind kind, String name, String text) {

  /** What the words are. */
  public enum Kind {
    /** What a reader must know before believing a number. */
    WARNING("warnings", "text", "warning"),
    /** The version of somebody else's limiter, what it promises and what its decision carries. */
    PEER("peers", "about", "peer_"),
    /** Why such a limiter is not in the run. */
    ABSENT("absent", "why", "absent_"),
    /** Why a property was not tried on an implementation. */
    UNTRIED("untried", "why", "untried_");

    final String array;
    final String field;
    // How its entries of environment began in schema 1.
    private final String prefix;

    Kind(String array, String field, String prefix) {
      this.array = array;
      this.field = field;
      this.prefix = prefix;
    }
  }

  public static Notice warning(String name, String text) {
    return new Notice(Kind.WARNING, name, text);
  }

  public static Notice peer(String name, String about) {
    return new Notice(Kind.PEER, name, about);
  }

  public static Notice absent(String name, String why) {
    return new Notice(Kind.ABSENT, name, why);
  }

  public static Notice untried(String name, String why) {
    return new Notice(Kind.UNTRIED, name, why);
  }

  /** What an entry of a schema 1 environment means, if it is a notice and no fact. */
  static Optional<Notice> ofEnvironment(String entry, String text) {
    return Arrays.stream(Kind.values())
        .filter(kind -> entry.startsWith(kind.prefix))
        .map(kind ->
            new Notice(kind, entry.substring(kind.prefix.length()).replaceFirst("^[-_]", ""), text))
        .findFirst();
  }

  /** Whether the other one is about the same, so that a run can have only one of them. */
  boolean replaces(Notice other) {
    return kind == other.kind && name.equals(other.name);
  }
}
