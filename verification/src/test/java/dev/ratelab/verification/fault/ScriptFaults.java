package dev.ratelab.verification.fault;

import static dev.ratelab.limiter.Algorithm.SLIDING_WINDOW_LOG;
import static dev.ratelab.verification.property.Property.ORACLE;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.redis.ForwardingClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.verification.generate.Scenarios;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.subject.RedisSubject;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Faults in the Lua scripts, run by a real Redis. */
final class ScriptFaults {
  /**
   * Three lines each: what is wrong, in which script, and the properties that catch it; then a piece of the script, after how often it
   * occurs if that is not once; then what is put in its place. Where INCR and EXPIRE are two calls, this plants what stays
   * in Redis if the second never comes.
   */
  private static final String FAULTS = """
    off-by-one in the limit | FIXED_WINDOW | BOUND, REMAINING, ORACLE
      elseif remaining >= 0 then
      elseif remaining >= -1 then
    off-by-one in the limit, too strict | FIXED_WINDOW | TIGHTNESS, NO_NEEDLESS_DENIAL, ORACLE
      elseif remaining >= 0 then
      elseif remaining > 0 then
    one more let into the queue than it holds | LEAKY_BUCKET | BOUND, ORACLE
      burst - cost, window, permits
      burst - cost + 1, window, permits
    window's edge closed on both sides | SLIDING_WINDOW_LOG | TIGHTNESS, RETRY_AFTER, NO_NEEDLESS_DENIAL, ORACLE
      return time <= now - window
      return time < now - window
    expiry refreshed on denial | TOKEN_BUCKET | DENIED_COSTS_NOTHING
      return struct.pack('<ddddd', 0,
      call('PEXPIRE', key, window) return struct.pack('<ddddd', 0,
    estimate rounded down | SLIDING_WINDOW_COUNTER | BOUND, RETRY_AFTER, ESTIMATE, ORACLE
      if rest > 0 then
      if false then
    estimate rounded down | SLIDING_WINDOW_BUCKETS | BOUND, RETRY_AFTER, ESTIMATE, ORACLE
      if part > 0 then
      if false then
    estimate rounded up past its value | SLIDING_WINDOW_BUCKETS | TIGHTNESS, NO_NEEDLESS_DENIAL, ESTIMATE, ORACLE
      if part > 0 then
      if true then
    a bucket dropped | SLIDING_WINDOW_BUCKETS | BOUND, ESTIMATE, ORACLE
      used = rest + weighted
      used = rest + weighted - (buckets > 1 and struct.unpack('<I4', costs, 4 * buckets - 3) or 0)
    weight given to the wrong bucket | SLIDING_WINDOW_BUCKETS | BOUND, ESTIMATE, ORACLE
      local oldest = struct.unpack('<I4', costs, 4 * buckets + 1)
      local oldest = struct.unpack('<I4', costs, 4 * buckets - 3)
    buckets not cleared after a whole window | SLIDING_WINDOW_BUCKETS | NO_NEEDLESS_DENIAL, ESTIMATE, ORACLE
      string.rep('\\\\0', 4 * buckets + 4)
      state and string.sub(state, 25) or string.rep('\\\\0', 4 * buckets + 4) rest = state and select(3, struct.unpack('<ddd', state)) or 0
    a bucket not cleared when its turn comes again | SLIDING_WINDOW_BUCKETS | ESTIMATE, ORACLE
      costs, 4 * i + 1)\\n    end\\n    costs = string.rep('\\\\0', 4 * passed)
      costs, 4 * i + 1) + struct.unpack('<I4', costs, 4 * (i - buckets + passed) + 1)\\n    end\\n    costs = string.sub(costs, 1, 4 * passed)
    a bucket's edge rounded down to a microsecond | SLIDING_WINDOW_BUCKETS | NO_NEEDLESS_DENIAL, ORACLE
      2 x (reset + -reset % buckets) / buckets
      (reset - reset % buckets) / buckets
    a bucket's edge rounded down to a microsecond | SLIDING_WINDOW_BUCKETS | RETRY_AFTER, ORACLE
      (retry + -retry % buckets) / buckets
      (retry - retry % buckets) / buckets
    INCR and EXPIRE in two calls | FIXED_WINDOW | MEMORY
      , 'PXAT', expiry)
      )
    INCR and EXPIRE in two calls | SLIDING_WINDOW_LOG | MEMORY
      call('PEXPIREAT', key, expiry)

    retryAfter to the window's end | SLIDING_WINDOW_COUNTER | RETRY_AFTER, ORACLE
      if count > room then
      if true then retry = start + window elseif count > room then
    state kept after denial | FIXED_WINDOW | DENIED_COSTS_NOTHING, ORACLE
      retry = reset\\n
      retry = reset call('SETRANGE', key, 0, struct.pack('<dd', stored, permits))\\n
    cost ignored | GCRA | BOUND, COST_ADDITIVITY, ORACLE
      struct.unpack('<dddd', ARGV[1])
      struct.unpack('<dddd', ARGV[1]) cost = 1
    float instead of integer weights | SLIDING_WINDOW_COUNTER | ESTIMATE, ORACLE
      used = current + weighted
      used = current + previous * (1 - (now - start) / window) rest = 0
    the previous window forgotten | SLIDING_WINDOW_COUNTER | BOUND, ESTIMATE, ORACLE
      stored, current, previous = index, 0, current
      stored, current, previous = index, 0, 0
    products past 2^53 | TOKEN_BUCKET | ORACLE
      5 x if product < 9007199254740992 then
      if true then
    a digit lost in long multiplication | TOKEN_BUCKET | ORACLE
      5 x while scale * 1024 <= a and scale < 9007199254740992 do
      while scale * 1024 < a and scale < 9007199254740992 do
    a digit lost in long multiplication | SLIDING_WINDOW_COUNTER | ESTIMATE, ORACLE
      2 x while scale * 1024 <= a and scale < 9007199254740992 do
      while scale * 1024 < a and scale < 9007199254740992 do
    part of a microsecond dropped | GCRA | GCRA_IS_TOKEN_BUCKET, ORACLE
      tat, rest = tat + step, rest + fraction
      tat, rest = tat + step, 0
    remaining counted before the request | SLIDING_WINDOW_LOG | REMAINING, COST_ADDITIVITY, ORACLE
      remaining, reset = -over, now + window
      remaining, reset = cost - over, now + window
    the second record's sum taken for that of all | SLIDING_WINDOW_LOG | RETRY_AFTER, ORACLE
      if first == count - 1 then
      if true then
    reset a window too early | SLIDING_WINDOW_COUNTER | NO_NEEDLESS_DENIAL, ORACLE
      reset = start + 2 * window
      reset = start + window
    expiry rounded down | LEAKY_BUCKET | MEMORY
      (expiry + -expiry % 1000) / 1000
      (expiry - expiry % 1000) / 1000
    expiry counted from the epoch of the caller's clock | GCRA | MEMORY
      server + reset - now + grace
      server + reset + grace
    a window that lies ahead taken for an old one | FIXED_WINDOW | CLOCK_GOING_BACK
      if stored < index then
      if stored ~= index then
    negative remaining where the clock went back | TOKEN_BUCKET | CLOCK_GOING_BACK
      remaining = level > 0 and level or 0
      remaining = level
    output not held back | LEAKY_BUCKET | BOUND, TIGHTNESS, ORACLE
      remaining, 0, reset - now, delay)
      remaining, 0, reset - now, 0)
    """;

  private static final Pattern REPEATED = Pattern.compile("(\\d+) x (.*)");

  private final RedisClient client;

  ScriptFaults(RedisClient client) {
    this.client = client;
  }

  List<PlantedFault> all() {
    List<String> lines =
        FAULTS.lines().map(String::strip).map(String::translateEscapes).toList();
    List<PlantedFault> faults = new ArrayList<>();
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
            "record(enough)",
            "record(math.min(enough, kept * PAGE + PAGE - 1))"),
        inLongHistories(
            "an entry lost where the log's pages meet",
            "page % PAGE) .. string.sub(tail, 1, RECORD_BYTES)",
            "page % PAGE) .. string.sub(tail, RECORD_BYTES + 1, 2 * RECORD_BYTES)"),
        inLongHistories(
            "an entry skipped by the log's search",
            "low, step = low + step, 2 * step",
            "low, step = math.min(high, low + step + 1), 2 * step")));
    return faults;
  }

  /** With pages so small that a log of some hundred entries has pages of pages. */
  private PlantedFault inLongHistories(String title, String original, String replacement) {
    RedisClient small = new ForwardingClient(
        client,
        new Mutation(Script.of(SLIDING_WINDOW_LOG), "TAIL, PAGE = 32, 512", "TAIL, PAGE = 2, 8"));
    Mutation mutation = new Mutation(Script.of(SLIDING_WINDOW_LOG), original, replacement);
    return new PlantedFault(
        title,
        "the script",
        SLIDING_WINDOW_LOG,
        property -> Scenarios.longOnes(SLIDING_WINDOW_LOG),
        new RedisSubject(small),
        new RedisSubject(new ForwardingClient(small, mutation)),
        List.of(ORACLE));
  }

  private PlantedFault fault(
      String title,
      Algorithm algorithm,
      String original,
      String replacement,
      List<Property> caughtBy) {
    Matcher repeated = REPEATED.matcher(original);
    Mutation mutation = repeated.matches()
        ? new Mutation(
            Script.of(algorithm),
            Integer.parseInt(repeated.group(1)),
            repeated.group(2),
            replacement)
        : new Mutation(Script.of(algorithm), original, replacement);
    return new PlantedFault(
        title,
        "the script",
        algorithm,
        new RedisSubject(client),
        // One after the other: how many are decided together, and see less of a fault, is chance.
        new RedisSubject(new ForwardingClient(client, mutation), 1),
        caughtBy);
  }
}
