package dev.ratelab.server.policies;

import dev.ratelab.server.check.ActivePolicies;

/**
 * Policies that are right and ready to be served.
 *
 * @param document the text that they were read from
 * @param configuration what it says
 * @param served who decides
 */
public record PolicySnapshot(
    PolicyDocument document, Configuration configuration, ActivePolicies served) {
  /** Makes policies of a text. */
  public interface Reader {
    /**
     * Reads a text.
     *
     * @throws ConfigurationException if it is wrong, or asks for what this server does not have
     */
    PolicySnapshot read(PolicyDocument document) throws ConfigurationException;
  }
}
