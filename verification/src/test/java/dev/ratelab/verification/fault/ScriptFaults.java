package dev.ratelab.verification.fault;

import static dev.ratelab.limiter.Algorithm.SLIDING_WINDOW_LOG;
import static dev.ratelab.verification.property.Property.ORACLE;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.verification.ForwardingClient;
import dev.ratelab.verification.generate.Scenarios;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.subject.RedisSubject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Faults in the Lua scripts, run by a real Redis. */
final class ScriptFaults {
  /**
   * Three lines each: what is wrong, in which script, and the properties that catch it; then a piece of the script; then what is put
   * in its place. Where INCR and EXPIRE are two calls, this plants what stays in Redis if the second never comes.
   */
  private static final String FAULTS = """
    off-by-one in the limit | FIXED_WINDOW | BOUND, REMAINING, ORACLE
      used + cost <= permits
      used + cost <= permits + 1
    off-by-one in the limit, too strict | FIXED_WINDOW | TIGHTNESS, NO_NEEDLESS_DENIAL, ORACLE
      used + cost <= permits
      used + cost < permits
    one more let into the queue than it holds | LEAKY_BUCKET | BOUND, ORACLE
      muldiv(burst - cost, window, permits)
      muldiv(burst - cost + 1, window, permits)
    window's edge closed on both sides | SLIDING_WINDOW_LOG | TIGHTNESS, RETRY_AFTER, NO_NEEDLESS_DENIAL, ORACLE
      return time <= now - window
      return time < now - window
    expiry refreshed on denial | TOKEN_BUCKET | DENIED_COSTS_NOTHING
      return {0, remaining, retry - now
      redis.call('PEXPIRE', key, window) return {0, remaining, retry - now
    estimate rounded down | SLIDING_WINDOW_COUNTER | BOUND, RETRY_AFTER, ESTIMATE, ORACLE
      weighted + (rest > 0 and 1 or 0) + current
      weighted + current
    estimate rounded down | SLIDING_WINDOW_BUCKETS | BOUND, RETRY_AFTER, ESTIMATE, ORACLE
      weighted + (part > 0 and 1 or 0) + rest
      weighted + rest
    estimate rounded up past its value | SLIDING_WINDOW_BUCKETS | TIGHTNESS, NO_NEEDLESS_DENIAL, ESTIMATE, ORACLE
      (part > 0 and 1 or 0)
      1
    a bucket dropped | SLIDING_WINDOW_BUCKETS | BOUND, ESTIMATE, ORACLE
      rest = rest - oldest
      rest = rest - oldest - (buckets > 1 and costs[buckets - 1] or 0)
    weight given to the wrong bucket | SLIDING_WINDOW_BUCKETS | BOUND, ESTIMATE, ORACLE
      local oldest = costs[buckets]
      local oldest = costs[buckets - 1]
    a bucket not cleared when its turn comes again | SLIDING_WINDOW_BUCKETS | NO_NEEDLESS_DENIAL, ESTIMATE, ORACLE
      from >= 0 and stored[from + 3] or 0
      stored[(from >= 0 and from or i) + 3] or 0
    a bucket's edge rounded down to a microsecond | SLIDING_WINDOW_BUCKETS | RETRY_AFTER, NO_NEEDLESS_DENIAL, ORACLE
      ceil((bucket * window + since) / buckets)
      floor((bucket * window + since) / buckets)
    INCR and EXPIRE in two calls | FIXED_WINDOW | MEMORY
      , 'PXAT', expiry(reset))
      )
    INCR and EXPIRE in two calls | SLIDING_WINDOW_LOG | MEMORY
      redis.call('PEXPIREAT', key, expiry(reset))

    retryAfter to the window's end | SLIDING_WINDOW_COUNTER | RETRY_AFTER, ORACLE
      local function retry()\\n
      local function retry()\\ndo return start + window end\\n
    state kept after denial | FIXED_WINDOW | DENIED_COSTS_NOTHING, ORACLE
      -- A stored window that lies ahead
      if not fits then save(reset, '%.0f %.0f', stored, used + cost) end --
    cost ignored | GCRA | BOUND, COST_ADDITIVITY, ORACLE
      local cost = tonumber(ARGV[4])
      local cost = 1
    float instead of integer weights | SLIDING_WINDOW_COUNTER | ESTIMATE, ORACLE
      muldiv(previous, window - elapsed, window)
      previous * (1 - elapsed / window), 0
    the previous window forgotten | SLIDING_WINDOW_COUNTER | BOUND, ESTIMATE, ORACLE
      stored, current, previous = index, 0, current
      stored, current, previous = index, 0, 0
    products past 2^53 | TOKEN_BUCKET | ORACLE
      if product < 9007199254740992 then
      if true then
    a digit lost in long multiplication | TOKEN_BUCKET | ORACLE
      while scale * 1024 <= a do
      while scale * 1024 < a do
    a digit lost in long multiplication | SLIDING_WINDOW_COUNTER | ESTIMATE, ORACLE
      while scale * 1024 <= a do
      while scale * 1024 < a do
    part of a microsecond dropped | GCRA | GCRA_IS_TOKEN_BUCKET, ORACLE
      rest = rest % permits
      rest = 0
    remaining counted before the request | SLIDING_WINDOW_LOG | REMAINING, COST_ADDITIVITY, ORACLE
      return allow(permits - used - cost, reset)
      return allow(permits - used, reset)
    reset a window too early | SLIDING_WINDOW_COUNTER | NO_NEEDLESS_DENIAL, ORACLE
      local reset = start + 2 * window
      local reset = start + window
    expiry rounded down | LEAKY_BUCKET | MEMORY
      ceil((server + (reset - now) + grace) / 1000)
      floor((server + (reset - now) + grace) / 1000)
    expiry counted from the epoch of the caller's clock | GCRA | MEMORY
      (server + (reset - now) + grace)
      (server + reset + grace)
    a window that lies ahead taken for an old one | FIXED_WINDOW | CLOCK_GOING_BACK
      if not stored or stored < index then
      if not stored or stored ~= index then
    negative remaining where the clock went back | TOKEN_BUCKET | CLOCK_GOING_BACK
      return deny(max(0, remaining), ready, ready_at(burst))
      return deny(remaining, ready, ready_at(burst))
    output not held back | LEAKY_BUCKET | BOUND, TIGHTNESS, ORACLE
      return allow(remaining(), reset(), delay)
      return allow(remaining(), reset(), 0)
    """;

  private final RedisClient client;

  ScriptFaults(RedisClient client) {
    this.client = client;
  }

  List<Fault> all() {
    List<String> lines =
        FAULTS.lines().map(String::strip).map(String::translateEscapes).toList();
    List<Fault> faults = new ArrayList<>();
    for (int i = 0; i < lines.size(); i += 3) {
      String[] fault = lines.get(i).split(" \\| ", -1);
      List<Property> caughtBy =
          Stream.of(fault[2].split(", ", -1)).map(Property::valueOf).toList();
      Algorithm algorithm = Algorithm.valueOf(fault[1]);
      faults.add(fault(fault[0], algorithm, lines.get(i + 1), lines.get(i + 2), caughtBy));
    }
    faults.addAll(List.of(
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
            "low, step = min(high, low + step + 1), 2 * step")));
    return faults;
  }

  /** With pages so small that a log of some hundred entries has pages of pages. */
  private Fault inLongHistories(String title, String original, String replacement) {
    RedisClient small = new ForwardingClient(
        client,
        new Mutation(Script.of(SLIDING_WINDOW_LOG), "TAIL, PAGE = 32, 512", "TAIL, PAGE = 2, 8"));
    Mutation mutation = new Mutation(Script.of(SLIDING_WINDOW_LOG), original, replacement);
    return new Fault(
        title,
        "the script",
        SLIDING_WINDOW_LOG,
        property -> Scenarios.longOnes(SLIDING_WINDOW_LOG),
        new RedisSubject(small),
        new RedisSubject(new ForwardingClient(small, mutation)),
        List.of(ORACLE));
  }

  private Fault fault(
      String title,
      Algorithm algorithm,
      String original,
      String replacement,
      List<Property> caughtBy) {
    Mutation mutation = new Mutation(Script.of(algorithm), original, replacement);
    return new Fault(
        title,
        "the script",
        algorithm,
        new RedisSubject(client),
        new RedisSubject(new ForwardingClient(client, mutation)),
        caughtBy);
  }
}
