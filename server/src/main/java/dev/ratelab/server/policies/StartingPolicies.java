package dev.ratelab.server.policies;

import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.ScopedPolicy;
import java.nio.file.Path;
import java.util.Map;

/** The policies that a server starts with, read and validated once: their source, what it had, the text and what that says. */
public record StartingPolicies(
    PolicySource source,
    PolicySource.Found found,
    PolicyDocument document,
    Configuration configuration)
    implements AutoCloseable {
  /** One policy that never changes. */
  public static StartingPolicies fixed(ScopedPolicy policy, Backend backend, int instances) {
    FixedPolicies fixed = new FixedPolicies("the command line", FixedPolicies.document(policy));
    return new StartingPolicies(
        fixed,
        fixed,
        fixed.document(),
        new Configuration(PolicySet.of(policy), Map.of(policy.name(), backend), instances));
  }

  public interface Validation {
    /** Throws {@link ConfigurationException} if the document is wrong. */
    Configuration read(PolicyDocument document) throws ConfigurationException;
  }

  /** Those of a file. Throws {@link ConfigurationException} if it cannot be read, or is wrong. */
  public static StartingPolicies of(Path file, Validation validation)
      throws ConfigurationException {
    FilePolicies source = new FilePolicies(file);
    try {
      PolicySource.Found found = source.look();
      PolicyDocument document = found.document();
      return new StartingPolicies(source, found, document, validation.read(document));
    } catch (ConfigurationException | RuntimeException e) {
      source.close();
      throw e;
    }
  }

  @Override
  public void close() {
    source.close();
  }
}
