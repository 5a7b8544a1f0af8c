package dev.ratelab.server.policies;

import dev.ratelab.limiter.DurationText;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.ScopedPolicy;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Policies that never change, as the one that the options of the command line describe. */
record FixedPolicies(String name, PolicyDocument document)
    implements PolicySource, PolicySource.Found {
  /** One policy per key as a document would say it. Deadline and instances are left to each server's own options. */
  public static PolicyDocument document(ScopedPolicy scoped) {
    Policy policy = scoped.policy();
    ObjectNode root = JsonMapper.shared().createObjectNode();
    ObjectNode fields = root.putObject("policies")
        .putObject(policy.name())
        .put("algorithm", policy.algorithm().id())
        .put("limit", policy.limit().permits())
        .put("window", DurationText.of(policy.limit().window()));
    if (policy.algorithm().usesBurst()) {
      fields.put("burst", policy.limit().burst());
    }
    if (policy.algorithm().usesBuckets()) {
      fields.put("buckets", policy.limit().buckets());
    }
    fields.put("on-failure", policy.onFailure().id());
    Lease lease = policy.lease();
    if (lease != null) {
      fields
          .putObject("lease")
          .put("permits", lease.permits())
          .put("for", DurationText.of(lease.time()));
    }
    if (scoped.shadow()) {
      fields.put("shadow", true);
    }
    return PolicyDocument.of("the options", root.put("default", policy.name()));
  }

  @Override
  public Found look() {
    return this;
  }
}
