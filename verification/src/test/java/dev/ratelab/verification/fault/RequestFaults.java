package dev.ratelab.verification.fault;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.redis.ForwardingClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.subject.MemorySubject;
import dev.ratelab.verification.subject.RedisSubject;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Faults in how several policies decide together. */
final class RequestFaults {
  private static final String WRITE = "call(unpack(writes))";

  private RequestFaults() {}

  /** In what is asked of the limiter in memory. */
  static List<PlantedFault> inMemory() {
    return List.of(
        inMemory(
            "a policy charged though another denies",
            time -> new Sequentially(sound(time), () -> {})),
        asking("a policy in shadow denies", request -> with(request, RequestFaults::enforced)),
        asking("a policy in shadow not charged", request -> with(request, RequestFaults::fresh)),
        asking(
            "tenants share a counter",
            request -> new Request(
                request.tenant() == null ? null : "all",
                request.key(),
                request.cost(),
                request.policies())),
        inMemory("a cost over a policy's maximum charged as the maximum", time -> {
          RateLimiter limiter = sound(time);
          return request -> {
            RequestDecision answer = limiter.check(request);
            for (ScopedPolicy policy : request.policies()) {
              if (!request.asks(policy)) {
                long most = policy.policy().limit().maxCost();
                limiter.check(
                    new Request(request.tenant(), request.key(), most, List.of(enforced(policy))));
              }
            }
            return CompletableFuture.completedFuture(answer);
          };
        }));
  }

  /** In the script that decides for several policies, run by a real Redis. */
  static List<PlantedFault> inScript(RedisClient client) {
    return List.of(
        inScript(client, "those that admit charged", "elseif admitted then", "elseif true then"),
        inScript(client, "charged if the last admits", "admitted = admitted and (", "admitted = ("),
        inScript(
            client, "what is in shadow enforced", "local shadow = at % 2 == 1", "local shadow"),
        inScript(
            client, "all taken for in shadow", "local shadow = at % 2 == 1", "local shadow = true"),
        inScript(
            client,
            "nobody charged beside a policy in shadow",
            "elseif admitted then",
            "elseif admitted and asked[place + 1] % 2 == 0 then"),
        inScript(
            client, "the denied request counted", "remaining = remaining + cost", "local _ = cost"),
        inBatch(
            client,
            "each of a batch decided on the stored state",
            "states[at], cost)\n    told = told + 1",
            "call('GET', keys[at]), cost)\n    told = told + 1"),
        inBatch(
            client,
            "the first cost of a batch charged for all",
            "cost, policies = asked[place]",
            "cost, policies = asked[1]"),
        fault(
            "the log's older entries lost",
            "the script",
            new RedisSubject(new ForwardingClient(client, pagesOfTwo(WRITE))),
            new RedisSubject(new ForwardingClient(
                client,
                pagesOfTwo("for i = 4, #writes, 2 do writes[i] ="
                    + " string.gsub(writes[i], '.......(....)', string.rep('\\0', 7) .. '%1') end "
                    + WRITE))),
            Algorithm.SLIDING_WINDOW_LOG));
  }

  private static RateLimiter sound(TimeSource time) {
    return RateLimiters.inMemory(time, 1_000);
  }

  private static PlantedFault inMemory(String title, Function<TimeSource, RateLimiter> faulty) {
    return fault(
        title,
        "the memory limiter",
        new MemorySubject(),
        new MemorySubject("memory with a fault", faulty),
        Algorithm.GCRA);
  }

  private static PlantedFault asking(String title, UnaryOperator<Request> altered) {
    return inMemory(title, time -> {
      RateLimiter limiter = sound(time);
      return request -> limiter.checkAsync(altered.apply(request));
    });
  }

  private static PlantedFault inScript(
      RedisClient client, String title, String original, String replacement) {
    return inScript(client, title, original, replacement, Property.ALL_OR_NONE);
  }

  /** What a call of one request does not show. */
  private static PlantedFault inBatch(
      RedisClient client, String title, String original, String replacement) {
    return inScript(client, title, original, replacement, Property.BATCHED_AS_SINGLE);
  }

  private static PlantedFault inScript(
      RedisClient client, String title, String original, String replacement, Property caughtBy) {
    return new PlantedFault(
        title,
        "the script",
        Algorithm.GCRA,
        new RedisSubject(client),
        new RedisSubject(
            new ForwardingClient(client, new Mutation(Script.batch(), original, replacement))),
        List.of(caughtBy));
  }

  private static PlantedFault fault(
      String title,
      String where,
      VerifiedSubject sound,
      VerifiedSubject faulty,
      Algorithm algorithm) {
    return new PlantedFault(title, where, algorithm, sound, faulty, List.of(Property.ALL_OR_NONE));
  }

  private static Request with(Request request, UnaryOperator<ScopedPolicy> altered) {
    List<ScopedPolicy> policies = request.policies().stream().map(altered).toList();
    long cost = Math.min(request.cost(), Request.maxCost(policies));
    return new Request(request.tenant(), request.key(), cost, policies);
  }

  private static ScopedPolicy enforced(ScopedPolicy policy) {
    return policy.withShadow(false);
  }

  /** On a counter that nobody has used and nobody will. */
  private static ScopedPolicy fresh(ScopedPolicy policy) {
    return policy.shadow()
        ? new ScopedPolicy(
            Policy.of(
                UUID.randomUUID().toString(),
                policy.policy().algorithm(),
                policy.policy().limit()),
            policy.scope(),
            true)
        : policy;
  }

  /** Of the log, whose pages are otherwise larger than any of these scenarios fills. */
  private static UnaryOperator<Script> pagesOfTwo(String write) {
    return script -> Script.of(
        script.name(),
        new String(script.text(), StandardCharsets.UTF_8)
            .replace("TAIL, PAGE = 32, 512", "TAIL, PAGE = 1, 2")
            .replace(WRITE, write));
  }
}
