package dev.ratelab.verification.fault;

import static dev.ratelab.limiter.Algorithm.FIXED_WINDOW;
import static dev.ratelab.limiter.Algorithm.GCRA;
import static dev.ratelab.limiter.Algorithm.LEAKY_BUCKET;
import static dev.ratelab.limiter.Algorithm.SLIDING_WINDOW_BUCKETS;
import static dev.ratelab.limiter.Algorithm.SLIDING_WINDOW_COUNTER;
import static dev.ratelab.limiter.Algorithm.SLIDING_WINDOW_LOG;
import static dev.ratelab.limiter.Algorithm.TOKEN_BUCKET;
import static dev.ratelab.verification.property.Property.BOUND;
import static dev.ratelab.verification.property.Property.CLOCK_GOING_BACK;
import static dev.ratelab.verification.property.Property.COST_ADDITIVITY;
import static dev.ratelab.verification.property.Property.DENIED_COSTS_NOTHING;
import static dev.ratelab.verification.property.Property.ESTIMATE;
import static dev.ratelab.verification.property.Property.GCRA_IS_TOKEN_BUCKET;
import static dev.ratelab.verification.property.Property.MEMORY;
import static dev.ratelab.verification.property.Property.NO_NEEDLESS_DENIAL;
import static dev.ratelab.verification.property.Property.ORACLE;
import static dev.ratelab.verification.property.Property.REMAINING;
import static dev.ratelab.verification.property.Property.RETRY_AFTER;
import static dev.ratelab.verification.property.Property.TIGHTNESS;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.verification.OtherScripts;
import dev.ratelab.verification.generate.Scenarios;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.subject.RedisSubject;
import java.util.List;

/** Faults in the Lua scripts, run by a real Redis. */
final class ScriptFaults {
  private final RedisClient client;

  ScriptFaults(RedisClient client) {
    this.client = client;
  }

  List<Fault> all() {
    return List.of(
        fault(
            "off-by-one in the limit",
            FIXED_WINDOW,
            "used + cost <= permits",
            "used + cost <= permits + 1",
            BOUND,
            REMAINING,
            ORACLE),
        fault(
            "off-by-one in the limit, too strict",
            FIXED_WINDOW,
            "used + cost <= permits",
            "used + cost < permits",
            TIGHTNESS,
            NO_NEEDLESS_DENIAL,
            ORACLE),
        fault(
            "one more let into the queue than it holds",
            LEAKY_BUCKET,
            "muldiv(burst - cost, window, permits)",
            "muldiv(burst - cost + 1, window, permits)",
            BOUND,
            ORACLE),
        fault(
            "window's edge closed on both sides",
            SLIDING_WINDOW_LOG,
            "return time <= now - window",
            "return time < now - window",
            TIGHTNESS,
            RETRY_AFTER,
            NO_NEEDLESS_DENIAL,
            ORACLE),
        fault(
            "expiry refreshed on denial",
            TOKEN_BUCKET,
            "return {0, remaining, retry - now",
            "redis.call('PEXPIRE', key, window) return {0, remaining, retry - now",
            DENIED_COSTS_NOTHING),
        fault(
            "estimate rounded down",
            SLIDING_WINDOW_COUNTER,
            "weighted + (rest > 0 and 1 or 0) + current",
            "weighted + current",
            BOUND,
            RETRY_AFTER,
            ESTIMATE,
            ORACLE),
        fault(
            "estimate rounded down",
            SLIDING_WINDOW_BUCKETS,
            "weighted + (part > 0 and 1 or 0) + rest",
            "weighted + rest",
            BOUND,
            RETRY_AFTER,
            ESTIMATE,
            ORACLE),
        fault(
            "estimate rounded up past its value",
            SLIDING_WINDOW_BUCKETS,
            "(part > 0 and 1 or 0)",
            "1",
            TIGHTNESS,
            NO_NEEDLESS_DENIAL,
            ESTIMATE,
            ORACLE),
        fault(
            "a bucket dropped",
            SLIDING_WINDOW_BUCKETS,
            "rest = rest - oldest",
            "rest = rest - oldest - (buckets > 1 and costs[buckets - 1] or 0)",
            BOUND,
            ESTIMATE,
            ORACLE),
        fault(
            "weight given to the wrong bucket",
            SLIDING_WINDOW_BUCKETS,
            "local oldest = costs[buckets]",
            "local oldest = costs[buckets - 1]",
            BOUND,
            ESTIMATE,
            ORACLE),
        fault(
            "a bucket not cleared when its turn comes again",
            SLIDING_WINDOW_BUCKETS,
            "from >= 0 and stored[from + 3] or 0",
            "stored[(from >= 0 and from or i) + 3] or 0",
            NO_NEEDLESS_DENIAL,
            ESTIMATE,
            ORACLE),
        fault(
            "a bucket's edge rounded down to a microsecond",
            SLIDING_WINDOW_BUCKETS,
            "ceil((bucket * window + since) / buckets)",
            "floor((bucket * window + since) / buckets)",
            RETRY_AFTER,
            NO_NEEDLESS_DENIAL,
            ORACLE),
        // What is stored between the two, and stays if the second never comes.
        fault(
            "INCR and EXPIRE in two calls", FIXED_WINDOW, ", 'PXAT', expiry(reset))", ")", MEMORY),
        fault(
            "INCR and EXPIRE in two calls",
            SLIDING_WINDOW_LOG,
            "redis.call('PEXPIREAT', key, expiry(reset))",
            "",
            MEMORY),
        fault(
            "retryAfter to the window's end",
            SLIDING_WINDOW_COUNTER,
            "local function retry()\n",
            "local function retry()\ndo return start + window end\n",
            RETRY_AFTER,
            ORACLE),
        fault(
            "state kept after denial",
            FIXED_WINDOW,
            "-- A stored window that lies ahead",
            "if not fits then save(reset, '%.0f %.0f', stored, used + cost) end --",
            DENIED_COSTS_NOTHING,
            ORACLE),
        fault(
            "cost ignored",
            GCRA,
            "local cost = tonumber(ARGV[4])",
            "local cost = 1",
            BOUND,
            COST_ADDITIVITY,
            ORACLE),
        fault(
            "float instead of integer weights",
            SLIDING_WINDOW_COUNTER,
            "muldiv(previous, window - elapsed, window)",
            "previous * (1 - elapsed / window), 0",
            ESTIMATE,
            ORACLE),
        fault(
            "the previous window forgotten",
            SLIDING_WINDOW_COUNTER,
            "stored, current, previous = index, 0, current",
            "stored, current, previous = index, 0, 0",
            BOUND,
            ESTIMATE,
            ORACLE),
        fault(
            "products past 2^53",
            TOKEN_BUCKET,
            "if product < 9007199254740992 then",
            "if true then",
            ORACLE),
        fault(
            "a digit lost in long multiplication",
            TOKEN_BUCKET,
            "while scale * 1024 <= a do",
            "while scale * 1024 < a do",
            ORACLE),
        fault(
            "a digit lost in long multiplication",
            SLIDING_WINDOW_COUNTER,
            "while scale * 1024 <= a do",
            "while scale * 1024 < a do",
            ESTIMATE,
            ORACLE),
        fault(
            "part of a microsecond dropped",
            GCRA,
            "rest = rest % permits",
            "rest = 0",
            GCRA_IS_TOKEN_BUCKET,
            ORACLE),
        fault(
            "remaining counted before the request",
            SLIDING_WINDOW_LOG,
            "return allow(permits - used - cost, reset)",
            "return allow(permits - used, reset)",
            REMAINING,
            COST_ADDITIVITY,
            ORACLE),
        fault(
            "reset a window too early",
            SLIDING_WINDOW_COUNTER,
            "local reset = start + 2 * window",
            "local reset = start + window",
            NO_NEEDLESS_DENIAL,
            ORACLE),
        fault(
            "expiry rounded down",
            LEAKY_BUCKET,
            "ceil((server + (reset - now) + grace) / 1000)",
            "floor((server + (reset - now) + grace) / 1000)",
            MEMORY),
        fault(
            "expiry counted from the epoch of the caller's clock",
            GCRA,
            "(server + (reset - now) + grace)",
            "(server + reset + grace)",
            MEMORY),
        fault(
            "a window that lies ahead taken for an old one",
            FIXED_WINDOW,
            "if not stored or stored < index then",
            "if not stored or stored ~= index then",
            CLOCK_GOING_BACK),
        fault(
            "negative remaining where the clock went back",
            TOKEN_BUCKET,
            "return deny(max(0, remaining), ready, ready_at(burst))",
            "return deny(remaining, ready, ready_at(burst))",
            CLOCK_GOING_BACK),
        fault(
            "output not held back",
            LEAKY_BUCKET,
            "return allow(remaining(), reset(), delay)",
            "return allow(remaining(), reset(), 0)",
            BOUND,
            TIGHTNESS,
            ORACLE),
        inLongHistories(
            "only the log's first page read",
            "from_page(floor(at / PAGE), at)",
            "from_page(kept, at)"),
        inLongHistories(
            "an entry lost where the log's pages meet",
            "starts .. string.sub(tail, 1, RECORD_BYTES)",
            "starts .. string.sub(tail, RECORD_BYTES + 1, 2 * RECORD_BYTES)"),
        inLongHistories(
            "an entry skipped by the log's search",
            "low, step = low + step, 2 * step",
            "low, step = min(high, low + step + 1), 2 * step"));
  }

  /** With pages so small that a log of some hundred entries has pages of pages. */
  private Fault inLongHistories(String title, String original, String replacement) {
    RedisClient small = new OtherScripts(
        client,
        new Mutation(Script.of(SLIDING_WINDOW_LOG), "TAIL, PAGE = 32, 512", "TAIL, PAGE = 2, 8"));
    Mutation mutation = new Mutation(Script.of(SLIDING_WINDOW_LOG), original, replacement);
    return new Fault(
        title,
        "the script",
        SLIDING_WINDOW_LOG,
        property -> Scenarios.longOnes(SLIDING_WINDOW_LOG),
        new RedisSubject(small),
        new RedisSubject(new OtherScripts(small, mutation)),
        List.of(ORACLE));
  }

  private Fault fault(
      String title,
      Algorithm algorithm,
      String original,
      String replacement,
      Property... caughtBy) {
    Mutation mutation = new Mutation(Script.of(algorithm), original, replacement);
    return new Fault(
        title,
        "the script",
        algorithm,
        new RedisSubject(client),
        new RedisSubject(new OtherScripts(client, mutation)),
        List.of(caughtBy));
  }
}
