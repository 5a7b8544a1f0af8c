package dev.ratelab.server;

import dev.ratelab.limiter.redis.StoredPolicies;
import dev.ratelab.limiter.redis.StoredPolicies.Stored;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Policies in Redis, the same for all instances of a namespace. */
final class RedisPolicies implements PolicySource {
  private final StoredPolicies stored;
  private final Loaded.Reader reader;
  private @Nullable String taken;
  private @Nullable ConfigurationException fault;

  RedisPolicies(StoredPolicies stored, Loaded.Reader reader) {
    this.stored = stored;
    this.reader = reader;
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
  public Loaded load() throws ConfigurationException {
    taken = null;
    return take();
  }

  @Override
  public @Nullable Loaded poll() throws ConfigurationException {
    String version = stored.version();
    if (version == null) {
      throw nothing();
    }
    if (!version.equals(taken)) {
      return take();
    }
    if (fault != null) {
      throw fault;
    }
    return null;
  }

  private Loaded take() throws ConfigurationException {
    Stored now = stored.read();
    if (now == null) {
      throw nothing();
    }
    String before = taken;
    taken = now.version();
    fault = null;
    try {
      return reader.read(Document.json(name(), now.document()));
    } catch (ConfigurationException e) {
      fault = e;
      throw e;
    } catch (RuntimeException e) {
      // Not the document's fault: it is tried again.
      taken = before;
      throw e;
    }
  }

  private ConfigurationException nothing() {
    return new ConfigurationException(
        List.of(new Fault(name(), null, "no policies are stored there")));
  }
}
