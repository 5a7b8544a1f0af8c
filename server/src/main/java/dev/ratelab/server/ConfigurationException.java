package dev.ratelab.server;

import java.util.List;

/** What is wrong with a configuration. The message has a line for each fault: file, line, column, path, what was wrong. */
final class ConfigurationException extends Exception {
  private static final long serialVersionUID = 1;

  ConfigurationException(List<String> faults) {
    super(String.join(System.lineSeparator(), faults));
  }
}
