package dev.ratelab.server.policies;

import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** What is wrong with a configuration. The message has a line for each fault: file, line, column, path, what was wrong. */
public final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient List<ConfigurationFault> faults;

  ConfigurationException(Collection<ConfigurationFault> faults) {
    super(faults.stream()
        .map(ConfigurationFault::toString)
        .collect(Collectors.joining(System.lineSeparator())));
    this.faults = List.copyOf(faults);
  }

  List<ConfigurationFault> faults() {
    return faults;
  }

  String oneLine() {
    return faults.stream().map(ConfigurationFault::toString).collect(Collectors.joining("; "));
  }
}
