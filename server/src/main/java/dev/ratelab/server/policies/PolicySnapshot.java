package dev.ratelab.server.policies;

import dev.ratelab.server.check.ActivePolicies;

/** Policies that are right and ready to be served: the text, what it says, and who decides. */
public record PolicySnapshot(
    PolicyDocument document, Configuration configuration, ActivePolicies served) {
  public interface Reader {
    /** Throws {@link ConfigurationException} if the text is wrong, or asks for what this server does not have. */
    PolicySnapshot read(PolicyDocument document) throws ConfigurationException;
  }
}
