package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Requests that one call of {@code batch.lua} decides in their order, and what it replied of each. */
final class BatchCall {
  static final Script SCRIPT = Script.batch();

  /** The most requests of a call: Lua takes apart some 8,000 values at once, and 256 requests of 16 policies are 4,608. */
  static final int MOST_REQUESTS = 256;

  /** The numbers that a script replies of one policy. */
  static final int REPLY_LENGTH = 5;

  private static final int UNDECIDED = 2;

  private final List<Request> requests;
  /** Where the reply of each request begins. */
  private final int[] begins;

  private final List<byte[]> keys;
  private final List<byte[]> arguments;

  private BatchCall(
      List<Request> requests, int[] begins, List<byte[]> keys, List<byte[]> arguments) {
    this.requests = requests;
    this.begins = begins;
    this.keys = keys;
    this.arguments = arguments;
  }

  /**
   * A call that decides these requests.
   *
   * @param requests 1 to {@value #MOST_REQUESTS}, each with a policy that is asked, all counters in one slot
   * @param micros for tests the time, or null for the server's
   */
  static BatchCall of(List<Request> requests, CounterKeys counters, @Nullable Long micros) {
    Map<String, Integer> places = new LinkedHashMap<>();
    Map<CounterKeys.Rule, Integer> rules = new LinkedHashMap<>();
    List<Integer> ruleOf = new ArrayList<>();
    int[] begins = new int[requests.size() + 1];
    for (int i = 0; i < requests.size(); i++) {
      begins[i + 1] = begins[i] + requests.get(i).asked().size();
    }
    byte[] asked = new byte[Integer.BYTES * (2 * requests.size() + begins[requests.size()])];
    ByteBuffer into = over(asked);
    for (Request request : requests) {
      List<ScopedPolicy> policies = request.asked();
      into.putInt((int) request.cost()).putInt(policies.size());
      for (ScopedPolicy policy : policies) {
        int before = places.size();
        int place = places.computeIfAbsent(counters.key(request, policy), key -> before + 1);
        if (place > before) {
          int next = rules.size() + 1;
          ruleOf.add(rules.computeIfAbsent(counters.rule(policy.policy()), rule -> next));
        }
        into.putInt(2 * place + (policy.shadow() ? 1 : 0));
      }
    }
    byte[] limits = new byte[4 * Double.BYTES * rules.size()];
    ByteBuffer limitsInto = over(limits);
    rules.keySet().forEach(rule -> rule.putTo(limitsInto));
    byte[] rulesOfKeys = new byte[Short.BYTES * ruleOf.size()];
    ByteBuffer rulesInto = over(rulesOfKeys);
    ruleOf.forEach(rule -> rulesInto.putShort(rule.shortValue()));
    List<byte[]> arguments = micros == null
        ? List.of(limits, rulesOfKeys, asked)
        : List.of(limits, rulesOfKeys, asked, RedisKeys.ascii(micros));
    return new BatchCall(
        requests, begins, places.keySet().stream().map(RedisKeys::ascii).toList(), arguments);
  }

  private static ByteBuffer over(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
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
    List<ScopedPolicy> asked = requests.get(place).asked();
    List<Decision> decisions = new ArrayList<>(asked.size());
    for (int i = 0; i < asked.size(); i++) {
      int at = REPLY_LENGTH * (begins[place] + i);
      if (reply.get(at) == UNDECIDED) {
        throw new RedisFailure("a key of the request holds something else than a state", null);
      }
      decisions.add(decision(asked.get(i), reply, at));
    }
    return RequestDecision.of(requests.get(place), decisions);
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
