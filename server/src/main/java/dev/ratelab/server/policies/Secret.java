package dev.ratelab.server.policies;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What only this process and those who run it may know, from a file or the environment: the command line is for all to see. */
public record Secret(String place, String text) {
  /**
   * The secret that the command line and the environment name.
   *
   * @param what what messages call it
   * @param file holds the secret and nothing else but white space around it, or null
   * @param variable the environment variable's name
   * @param value its value, or null
   * @return null if there is none
   * @throws ConfigurationException if there are two, or the file cannot be read; the message never has it
   */
  public static @Nullable Secret find(
      String what, @Nullable Path file, String variable, @Nullable String value)
      throws ConfigurationException {
    if (file != null && value != null) {
      throw new Secret(variable, value)
          .wrong("there is a file with the %s too; accepted: one of the two".formatted(what));
    }
    if (file != null) {
      return new Secret(file.toString(), PolicyDocument.text(file).strip());
    }
    return value == null ? null : new Secret(variable, value);
  }

  /** What is wrong with it. */
  public ConfigurationException wrong(String what) {
    return new ConfigurationException(List.of(new ConfigurationFault(place, null, what)));
  }

  /** Where it is from, and not what it is. */
  @Override
  public String toString() {
    return place;
  }
}
