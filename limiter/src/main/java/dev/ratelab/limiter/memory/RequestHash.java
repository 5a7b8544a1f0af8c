package dev.ratelab.limiter.memory;

import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.memory.KeyHash.Hashed;

/** What a request is counted under, hashed: its key, its tenant's key, or its tenant alone. No two of these are ever the same. */
public final class RequestHash {
  private final KeyHash keys;
  private final KeyHash tenants;
  private final KeyHash totals;

  private RequestHash(KeyHash keys, KeyHash tenants, KeyHash totals) {
    this.keys = keys;
    this.tenants = tenants;
    this.totals = totals;
  }

  /** A hash that is the same for the same secret and name, and for no others. */
  public static RequestHash of(KeyHash secret, String name) {
    return new RequestHash(
        secret.under("key " + name), secret.under("tenant " + name), secret.under("total " + name));
  }

  /** What a policy of this scope counts. */
  public Hashed of(Scope scope, Request request) {
    String tenant = request.tenant();
    if (tenant == null) {
      return ofKey(request.key());
    }
    return scope == Scope.TENANT ? totals.of(tenant) : tenants.under(tenant).of(request.key());
  }

  /** The same of a request without a tenant. */
  Hashed ofKey(String key) {
    return keys.of(key);
  }
}
