package dev.ratelab.server.policies;

import dev.ratelab.limiter.redis.RedisFailure;
import dev.ratelab.limiter.redis.StoredPolicies;
import dev.ratelab.limiter.redis.StoredPolicies.Stored;
import dev.ratelab.limiter.redis.StoredPolicies.Version;
import dev.ratelab.server.http.HttpCall;
import dev.ratelab.server.http.Rejection;
import dev.ratelab.server.http.Response;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * The admin API: who has {@link AdminAccess access} can read the policies, and change them where they are in Redis. Works one request after the
 * other on a thread of its own, since it waits for Redis.
 *
 * <p>A change reads what is stored, checks the request's preconditions against it, holds the whole set that it would make against
 * the schema and all other rules, and stores that if nothing was stored in between; otherwise it begins again. So two changes of
 * different policies both take place, and of two changes of one policy the second finds its precondition broken.
 */
public final class AdminApi implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AdminApi.class);
  private static final int QUEUE = 64;
  private static final String NOTHING =
      "nothing is stored in Redis; accepted: first all policies, with PUT /policies";

  private final AdminAccess access;
  private final LivePolicies live;
  private final PolicySnapshot.Reader reader;
  private final @Nullable StoredPolicies stored;
  private final ThreadPoolExecutor worker;

  /** An API. Where nothing can be stored, the policies cannot be changed here. */
  public AdminApi(
      AdminAccess access,
      LivePolicies live,
      PolicySnapshot.Reader reader,
      @Nullable StoredPolicies stored) {
    this.access = access;
    this.live = live;
    this.reader = reader;
    this.stored = stored;
    worker = new ThreadPoolExecutor(
        1,
        1,
        10,
        TimeUnit.SECONDS,
        new ArrayBlockingQueue<>(QUEUE),
        new DefaultThreadFactory("ratelab-admin", true));
    worker.allowCoreThreadTimeOut(true);
  }

  /** Answers one request to {@code /policies} or below. Neither blocks nor completes exceptionally. */
  public CompletionStage<Response> answer(HttpCall call, String path) {
    if (!access.permits(call)) {
      return CompletableFuture.completedFuture(
          AdminResponses.unauthorized(call.headers().contains(HttpHeaderNames.AUTHORIZATION)));
    }
    try {
      return CompletableFuture.supplyAsync(() -> answered(call, path), worker);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.completedFuture(Response.problem(
          503, "too many changes are waiting; accepted: %s at once".formatted(QUEUE)));
    }
  }

  private Response answered(HttpCall call, String path) {
    HttpMethod method = call.method();
    try {
      PolicyPath part = PolicyPath.of(path);
      if (method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD)) {
        Stored now = read();
        if (now == null) {
          throw new Rejection(404, NOTHING);
        }
        return AdminResponses.part(HttpResponseStatus.OK, there(part, document(now)));
      }
      boolean delete = method.equals(HttpMethod.DELETE) && !part.isAll();
      if (stored == null || !(delete || method.equals(HttpMethod.PUT))) {
        return notAllowed(method, path, part);
      }
      return changed(
          stored, part, Preconditions.of(call.headers()), delete ? null : json(call.body()));
    } catch (Rejection e) {
      return Response.problem(e.status().code(), e.detail());
    } catch (ConfigurationException e) {
      return AdminResponses.faulty(e.faults());
    } catch (RedisFailure e) {
      return Response.problem(
          503, "Redis did not answer; whether a change was made is unknown until a GET tells");
    } catch (RuntimeException e) {
      LOG.error("an admin request could not be answered", e);
      return Response.problem(500, "the server failed; its log tells why");
    }
  }

  /** What is stored, once what Redis has lost is put back; where nothing can be stored, what is served. */
  private @Nullable Stored read() {
    if (stored == null) {
      return new Stored(new Version("", ""), live.loaded().document().root().toString());
    }
    live.poll();
    return stored.read();
  }

  private Response changed(
      StoredPolicies store, PolicyPath part, Preconditions preconditions, @Nullable JsonNode value)
      throws ConfigurationException {
    while (true) {
      Stored now = read();
      if (now == null && !part.isAll()) {
        // No instance has read any: this part alone would be all there is.
        throw new Rejection(409, NOTHING);
      }
      JsonNode root = document(now);
      JsonNode before = now == null ? null : part.in(root);
      if (value == null) {
        requireDeletable(part, root);
      }
      preconditions.require(before == null ? null : AdminResponses.tag(before));
      JsonNode after = value == null ? part.removeFrom(root) : with(part, root, value);
      reader.read(PolicyDocument.of("", after));
      if (store.replace(now == null ? null : now.version(), after.toString())) {
        LOG.atInfo()
            .addKeyValue("event", "policies_changed")
            .addKeyValue("part", part.name())
            .log("the admin API changed the policies");
        // So that whoever changed them finds them served here at once.
        live.poll();
        if (value == null) {
          return AdminResponses.deleted();
        }
        return AdminResponses.part(
            before == null ? HttpResponseStatus.CREATED : HttpResponseStatus.OK, value);
      }
    }
  }

  /** Where one policy decides because it is the only one, it goes on to when there is a second. */
  private static JsonNode with(PolicyPath part, JsonNode root, JsonNode value) {
    List<String> defaults = defaults(root);
    if (part.policy() != null
        && root instanceof ObjectNode object
        && !object.has("default")
        && defaults.size() == 1) {
      object.put("default", defaults.get(0));
    }
    return part.put(root, value);
  }

  private static void requireDeletable(PolicyPath part, JsonNode root) {
    there(part, root);
    String policy = part.policy();
    if (policy == null) {
      return;
    }
    if (defaults(root).contains(policy)) {
      throw new Rejection(
          409,
          "the policy '%s' decides requests that name none; accepted: first another default, with PUT /policies"
              .formatted(policy));
    }
    long tenants = root.path("tenants").properties().stream()
        .filter(tenant -> tenant.getValue().has(policy))
        .count();
    if (tenants > 0) {
      throw new Rejection(
          409,
          "%s limits of their own under the policy '%s'; accepted: first DELETE /policies/%s/tenants/TENANT"
              .formatted(
                  tenants == 1 ? "1 tenant has" : tenants + " tenants have", policy, policy));
    }
  }

  /** The names of the policies that decide requests which name none. */
  private static List<String> defaults(JsonNode root) {
    JsonNode named = root.path("default");
    if (named.isArray()) {
      return named.valueStream().map(JsonNode::asString).toList();
    }
    if (named.isString()) {
      return List.of(named.stringValue());
    }
    List<String> all = List.copyOf(root.path("policies").propertyNames());
    return all.size() == 1 ? all : List.of();
  }

  private static JsonNode there(PolicyPath part, JsonNode root) {
    JsonNode there = part.in(root);
    if (there == null) {
      throw new Rejection(404, "there is no such policy or limit; GET /policies has all");
    }
    return there;
  }

  /** What somebody stored who knows no JSON is a string, so that it can be seen and replaced. */
  private static JsonNode document(@Nullable Stored now) {
    if (now == null) {
      return JsonMapper.shared().createObjectNode();
    }
    try {
      return PolicyDocument.json("", now.document()).root();
    } catch (ConfigurationException e) {
      return StringNode.valueOf(now.document());
    }
  }

  private static JsonNode json(byte[] body) {
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
      return PolicyDocument.json("the body", text).root();
    } catch (CharacterCodingException e) {
      throw new Rejection(400, "the body is not valid UTF-8");
    } catch (ConfigurationException e) {
      throw new Rejection(400, e.oneLine());
    }
  }

  private Response notAllowed(HttpMethod method, String path, PolicyPath part) {
    String allowed =
        stored == null ? "GET, HEAD" : part.isAll() ? "GET, HEAD, PUT" : "GET, HEAD, PUT, DELETE";
    String why = stored == null
        ? "; the policies are those of %s, where they can be changed".formatted(live.name())
        : "";
    return Response.problem(
            405,
            "%s does not take %s; accepted: %s%s"
                .formatted(
                    Rejection.shortened(path), Rejection.shortened(method.name()), allowed, why))
        .with(HttpHeaderNames.ALLOW, allowed);
  }

  @Override
  public void close() {
    worker.shutdownNow();
  }
}
