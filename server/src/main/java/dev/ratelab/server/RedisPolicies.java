package dev.ratelab.server;

import dev.ratelab.limiter.redis.StoredPolicies;
import dev.ratelab.limiter.redis.StoredPolicies.Stored;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Policies in Redis, the same for all instances of a namespace. */
final class RedisPolicies implements PolicySource {
  private final StoredPolicies stored;
  private @Nullable Stored last;

  RedisPolicies(StoredPolicies stored) {
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
  void seed(Document document) {
    stored.replace(null, document.root().toString());
  }

  @Override
  public Found look() {
    String version = stored.version();
    if (version == null) {
      last = null;
    } else if (last == null || !version.equals(last.version())) {
      last = stored.read();
    }
    return new Content(name(), last);
  }

  /**
   * What was found.
   *
   * @param name what messages call the place
   */
  private record Content(String name, @Nullable Stored stored) implements Found {
    @Override
    public Document document() throws ConfigurationException {
      if (stored == null) {
        throw new ConfigurationException(
            List.of(new Fault(name, null, "no policies are stored there")));
      }
      return Document.json(name, stored.document());
    }
  }
}
