package dev.ratelab.server.policies;

import dev.ratelab.limiter.redis.StoredPolicies;
import dev.ratelab.limiter.redis.StoredPolicies.Stored;
import dev.ratelab.limiter.redis.StoredPolicies.Version;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Policies in Redis, the same for all instances of a namespace. A Redis can lose them, and then holds none, older ones, or those that an
 * instance started with; an instance puts back what it serves, unless what is stored came later.
 */
public final class RedisPolicies implements PolicySource {
  private static final Logger LOG = LoggerFactory.getLogger(RedisPolicies.class);

  private final StoredPolicies stored;
  private @Nullable Stored last;
  /** What is served, or null if none was read that is right. */
  private @Nullable Stored known;

  public RedisPolicies(StoredPolicies stored) {
    this.stored = stored;
  }

  @Override
  public String name() {
    return "Redis " + stored.key();
  }

  /**
   * Stores policies if there are none. Of several instances that start at once the first one's are stored.
   *
   * @throws dev.ratelab.limiter.redis.RedisFailure if Redis does not answer
   */
  void seed(PolicyDocument document) {
    stored.seed(document.root().toString());
  }

  @Override
  public Found look() {
    Version version = stored.version();
    if (known != null && isLost(version)) {
      if (stored.restore(known, version)) {
        LOG.atWarn()
            .addKeyValue("event", "policies_restored")
            .log(name() + ": Redis had lost the policies; those that are served were put back");
      }
      version = stored.version();
    }
    if (version == null) {
      last = null;
    } else if (last == null || !version.equals(last.version())) {
      last = stored.read();
    }
    // Lost in between, or put back by another instance, which knew less: then the next look finds
    // what is right.
    boolean lost = isLost(last == null ? null : last.version());
    return new Content(name(), lost ? known : last);
  }

  private boolean isLost(@Nullable Version there) {
    return known != null && (there == null || there.isOlderThan(known.version()));
  }

  @Override
  public void serves(Found found) {
    if (found instanceof Content content) {
      known = content.stored;
    }
  }

  /** What was found, and what messages call the place. */
  private record Content(String name, @Nullable Stored stored) implements Found {
    @Override
    public PolicyDocument document() throws ConfigurationException {
      if (stored == null) {
        throw new ConfigurationException(
            List.of(new ConfigurationFault(name, null, "no policies are stored there")));
      }
      return PolicyDocument.json(name, stored.document());
    }
  }
}
