package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.ScopedPolicy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The names of a namespace's counters, and what the scripts are told of each policy. Thread-safe. */
final class CounterKeys {
  private static final int MOST_RULES = 1 << 16;

  private final String namespace;
  /** Forgotten when there are very many, since policies may change for ever. */
  private final Map<Policy, Rule> rules = new ConcurrentHashMap<>();

  CounterKeys(String namespace) {
    Policy.requireName("namespace", namespace);
    this.namespace = namespace;
  }

  /** See {@link RedisRateLimiter#redisKey}. */
  String key(Request request, ScopedPolicy policy) {
    return names(request, List.of(policy)).counters.get(0).key;
  }

  /** A request's counters, see {@link RedisRateLimiter#redisKey}. */
  Names names(Request request, List<ScopedPolicy> policies) {
    String tenant = request.tenant();
    String hash = RedisKeys.hash(tenant == null ? request.key() : tenant);
    int tag = RedisKeys.tag(hash);
    String ofTenant = RedisKeys.tagText(tag) + hash + ":";
    String ofKey = tenant == null ? RedisKeys.tagText(tag) + hash : null;
    List<Counter> counters = new ArrayList<>(policies.size());
    for (ScopedPolicy policy : policies) {
      Rule rule = rule(policy.policy());
      String name = ofTenant;
      if (policy.scope() != Scope.TENANT) {
        ofKey = ofKey == null ? ofTenant + RedisKeys.hash(request.key()) : ofKey;
        name = ofKey;
      }
      counters.add(new Counter(rule.prefix + name, rule));
    }
    return new Names(tag, counters);
  }

  Rule rule(Policy policy) {
    Rule known = rules.get(policy);
    if (known != null) {
      return known;
    }
    if (rules.size() >= MOST_RULES) {
      rules.clear();
    }
    return rules.computeIfAbsent(policy, absent -> new Rule(namespace, absent));
  }

  /** All of a tag, one for each policy. */
  record Names(int tag, List<Counter> counters) {}

  record Counter(String key, Rule rule) {}

  /** What is the same for all requests of a policy. */
  static final class Rule {
    private final String prefix;
    private final int algorithm;
    private final byte[] limit;

    private Rule(String namespace, Policy policy) {
      prefix = RedisKeys.prefix(namespace, policy);
      algorithm = Script.number(policy.algorithm());
      Limit own = policy.limit();
      limit = doubles(own.permits(), own.windowMicros(), policy.algorithm().parameter(own));
    }

    /** The argument of {@code single.lua}. */
    byte[] withCost(long cost) {
      return ByteBuffer.allocate(limit.length + Double.BYTES)
          .order(ByteOrder.LITTLE_ENDIAN)
          .put(limit)
          .putDouble((double) cost)
          .array();
    }

    /** Its part of an argument of {@code batch.lua}. */
    void putTo(ByteBuffer rules) {
      rules.putDouble(algorithm).put(limit);
    }

    private static byte[] doubles(long... values) {
      ByteBuffer doubles =
          ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (long value : values) {
        doubles.putDouble((double) value);
      }
      return doubles.array();
    }
  }
}
