package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Requests that one call of {@code batch.lua} decides in their order, and what it replied of each. */
final class BatchCall {
  static final Script SCRIPT = Script.batch();

  /** The most requests of a call: Lua takes apart some 8,000 values at once, and 256 requests of 16 policies are 4,608. */
  static final int MOST_REQUESTS = 256;

  /** The numbers that a script replies of one policy. */
  static final int REPLY_LENGTH = 5;

  private static final int UNDECIDED = 2;

  /**
   * A request on its way.
   *
   * @param policies those that are asked; at least one, or it is not sent
   * @param names their counters
   * @param micros for tests the time, or null for the server's
   */
  record Asked(
      Request request,
      List<ScopedPolicy> policies,
      CounterKeys.Names names,
      @Nullable Long micros) {
    static Asked of(Request request, CounterKeys counters, @Nullable Long micros) {
      List<ScopedPolicy> policies = request.asked();
      return new Asked(request, policies, counters.names(request, policies), micros);
    }
  }

  private final List<Asked> requests;
  /** Where the reply of each request begins. */
  private final int[] begins;

  private final List<byte[]> keys;
  private final List<byte[]> arguments;

  private BatchCall(List<Asked> requests, int[] begins, List<byte[]> keys, List<byte[]> arguments) {
    this.requests = requests;
    this.begins = begins;
    this.keys = keys;
    this.arguments = arguments;
  }

  /**
   * A call that decides these requests.
   *
   * @param requests 1 to {@value #MOST_REQUESTS}, all counters in one slot
   */
  static BatchCall of(List<Asked> requests) {
    int[] begins = new int[requests.size() + 1];
    for (int i = 0; i < requests.size(); i++) {
      begins[i + 1] = begins[i] + requests.get(i).policies.size();
    }
    int most = begins[requests.size()];
    Map<String, Integer> places = new HashMap<>(2 * most);
    Map<CounterKeys.Rule, Integer> rules = new LinkedHashMap<>();
    List<byte[]> keys = new ArrayList<>(most);
    ByteBuffer rulesOfKeys = buffer(Short.BYTES * most);
    ByteBuffer asked = buffer(Integer.BYTES * (2 * requests.size() + most));
    for (Asked each : requests) {
      asked.putInt((int) each.request.cost()).putInt(each.policies.size());
      for (int i = 0; i < each.policies.size(); i++) {
        CounterKeys.Counter counter = each.names.counters().get(i);
        Integer place = places.putIfAbsent(counter.key(), keys.size() + 1);
        if (place == null) {
          keys.add(RedisKeys.ascii(counter.key()));
          place = keys.size();
          Integer known = rules.putIfAbsent(counter.rule(), rules.size() + 1);
          rulesOfKeys.putShort((short) (known == null ? rules.size() : known));
        }
        asked.putInt(2 * place + (each.policies.get(i).shadow() ? 1 : 0));
      }
    }
    ByteBuffer limits = buffer(4 * Double.BYTES * rules.size());
    rules.keySet().forEach(rule -> rule.putTo(limits));
    List<byte[]> arguments = new ArrayList<>(4);
    arguments.add(bytes(limits));
    arguments.add(bytes(rulesOfKeys));
    arguments.add(bytes(asked));
    if (requests.get(0).micros != null) {
      ByteBuffer times = buffer(Double.BYTES * requests.size());
      requests.forEach(each -> times.putDouble(Objects.requireNonNull(each.micros)));
      arguments.add(bytes(times));
    }
    return new BatchCall(requests, begins, keys, arguments);
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] bytes(ByteBuffer written) {
    byte[] bytes = new byte[written.flip().remaining()];
    written.get(bytes);
    return bytes;
  }

  List<byte[]> keys() {
    return keys;
  }

  List<byte[]> arguments() {
    return arguments;
  }

  /**
   * What the reply says of a request.
   *
   * @throws RedisFailure if it was not decided, and so charged nothing; or if that is no reply to this call
   */
  RequestDecision decision(int place, List<Long> reply) {
    if (reply.size() != REPLY_LENGTH * begins[requests.size()]) {
      throw new RedisFailure("%s replied %s numbers".formatted(SCRIPT, reply.size()), null);
    }
    List<ScopedPolicy> asked = requests.get(place).policies;
    List<Decision> decisions = new ArrayList<>(asked.size());
    for (int i = 0; i < asked.size(); i++) {
      int at = REPLY_LENGTH * (begins[place] + i);
      if (reply.get(at) == UNDECIDED) {
        throw new RedisFailure("a key of the request holds something else than a state", null);
      }
      decisions.add(decision(asked.get(i), reply, at));
    }
    return RequestDecision.of(requests.get(place).request, decisions);
  }

  /** What a reply says of one policy, from a place on: as the scripts' files tell it. */
  static Decision decision(ScopedPolicy policy, List<Long> reply, int at) {
    return new Decision(
        reply.get(at) == 1,
        policy.policy().limit().permits(),
        reply.get(at + 1),
        reply.get(at + 2),
        reply.get(at + 3),
        reply.get(at + 4),
        null,
        null);
  }
}
