package dev.ratelab.verification.subject;

import dev.ratelab.limiter.redis.ForwardingClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisFailure;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.verification.subject.LookingScript.Look;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a limiter and its client for one history: remembers which keys were used, so that they can be removed,
 * and why a call failed, which the limiter keeps to itself; and, if asked to, looks at the key after each call. For one
 * thread.
 */
final class RecordingClient extends ForwardingClient {
  /** Longer than a server that lives is held up; a user whose server died should not wait longer to be told. */
  static final Duration DEADLINE = Duration.ofMinutes(1);

  private static final Script REMOVE =
      Script.of("remove", "return {redis.call('UNLINK', KEYS[1])}");

  /** A look on its way. */
  private record Seen(ByteBuffer key, CompletableFuture<Look> look) {}

  private final RedisClient client;
  private final boolean looking;
  private final Map<ByteBuffer, byte[]> keys = new ConcurrentHashMap<>();
  private final List<Seen> seen = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  RecordingClient(RedisClient client, boolean looking) {
    super(client, looking ? lookingScripts() : UnaryOperator.identity());
    this.client = client;
    this.looking = looking;
  }

  private static UnaryOperator<Script> lookingScripts() {
    Map<Script, Script> known = new HashMap<>();
    return script -> known.computeIfAbsent(script, LookingScript::around);
  }

  @Override
  public List<Long> run(
      Script script, List<byte[]> used, List<byte[]> arguments, Duration deadline) {
    note(used);
    try {
      List<Long> reply = super.run(script, used, arguments, deadline);
      return looking
          ? noteLook(used.get(0), CompletableFuture.completedFuture(reply)).join()
          : reply;
    } catch (RedisFailure e) {
      failure.compareAndSet(null, e);
      throw e;
    }
  }

  @Override
  public CompletionStage<List<Long>> runAsync(
      Script script, List<byte[]> used, List<byte[]> arguments, Duration deadline) {
    note(used);
    CompletionStage<List<Long>> reply = super.runAsync(script, used, arguments, deadline)
        .whenComplete((numbers, error) -> {
          if (error != null) {
            failure.compareAndSet(null, error);
          }
        });
    return looking ? noteLook(used.get(0), reply.toCompletableFuture()) : reply;
  }

  private void note(List<byte[]> used) {
    used.forEach(key -> keys.put(ByteBuffer.wrap(key), key));
  }

  private CompletableFuture<List<Long>> noteLook(byte[] key, CompletableFuture<List<Long>> reply) {
    seen.add(new Seen(ByteBuffer.wrap(key), reply.thenApply(LookingScript::look)));
    return reply.thenApply(LookingScript::reply);
  }

  /** What was seen after each call, and whether it differed from what the key's last call had left. */
  List<Sight> sights() {
    Map<ByteBuffer, Look> last = new HashMap<>();
    List<Sight> sights = new ArrayList<>(seen.size());
    for (Seen next : seen) {
      Look now = next.look.join();
      Look before = last.put(next.key, now);
      sights.add(new Sight(now, !now.sameStateAs(before == null ? LookingScript.NOTHING : before)));
    }
    return sights;
  }

  /** What a call left behind, and whether that differs from what was stored before it. */
  record Sight(Look look, boolean changed) {}

  @Nullable
  Throwable failure() {
    return failure.get();
  }

  Collection<byte[]> keys() {
    return keys.values();
  }

  /** Removes every key that was used. The client itself is its owner's to close. */
  @Override
  public void close() {
    List<CompletableFuture<List<Long>>> removals = keys().stream()
        .map(key -> client.runAsync(REMOVE, key, List.of(), DEADLINE).toCompletableFuture())
        .toList();
    try {
      removals.forEach(CompletableFuture::join);
    } catch (CompletionException e) {
      throw new IllegalStateException("a history's keys were not removed", e.getCause());
    }
  }
}
