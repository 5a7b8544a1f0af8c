package dev.ratelab.server.policies;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong with a document of policies.
 *
 * @param place its name, and where they are known line and column
 * @param pointer the JSON pointer (RFC 6901) of the part that is wrong, or null if the document could not be read
 * @param what what is wrong, and what is accepted
 */
record ConfigurationFault(String place, @Nullable String pointer, String what) {
  @Override
  public String toString() {
    if (pointer == null) {
      return "%s: %s".formatted(place, what);
    }
    return "%s: %s: %s".formatted(place, pointer.isEmpty() ? "/" : pointer, what);
  }
}
