package dev.ratelab.verification.search;

import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.lease.LeasedCounter;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What decides how a {@link LeasedCounter} goes on, as a value: all times are relative to now, what is past is forgotten, and what it only
 * reports is left out. So states that behave alike are equal, and a walk can go back to any of them. It looks into private fields, and
 * refuses a class that has others than these.
 *
 * @param held in the order in which they are spent
 * @param newest where the newest block is
 * @param refusedPermits so many, or more, are not asked for
 * @param refusedUntil before this instant
 * @param size of the next block
 * @param asked what is asked for and not answered
 * @param needed at least so much of it
 * @param lowered whether it is less than was asked for first
 */
record BorrowedState(
    List<Held> held,
    Newest newest,
    long refusedPermits,
    long refusedUntil,
    long size,
    long asked,
    long needed,
    boolean lowered) {
  /** A block that can still be spent. */
  record Held(long sent, long end, long permits, long left, boolean renewed) {}

  /** Where the newest block is: in the last place of those held, or what it still tells of the demand. */
  record Newest(boolean held, Held gone) {}

  private static final long NEVER = Long.MIN_VALUE;
  private static final Held NONE = new Held(NEVER, NEVER, 0, 0, false);
  private static final Set<String> KNOWN = Set.of(
      "most", "least", "micros", "pause", "policy", "held", "first", "refusal", "resetAt", "newest",
      "size", "asked", "needed", "lowered", "lapsed", "number");
  private static final Map<String, Field> COUNTER = fields(LeasedCounter.class);
  private static final Map<String, Field> BLOCK = fields(COUNTER.get("newest").getType());
  private static final Map<String, Field> REFUSAL =
      fields(COUNTER.get("refusal").getType());
  private static final Constructor<?> NEW_BLOCK =
      COUNTER.get("newest").getType().getDeclaredConstructors()[0];
  private static final Constructor<?> NEW_REFUSAL =
      COUNTER.get("refusal").getType().getDeclaredConstructors()[0];

  static {
    NEW_BLOCK.setAccessible(true);
    NEW_REFUSAL.setAccessible(true);
    if (!COUNTER.keySet().equals(KNOWN)) {
      throw new IllegalStateException(
          "LeasedCounter has the fields %s; say here what they mean to a walk, known are %s"
              .formatted(COUNTER.keySet(), KNOWN));
    }
  }

  /** The state that a counter is in at an instant. It drops what is over at it. */
  static BorrowedState of(LeasedCounter counter, long now) {
    counter.lapsed(now);
    List<Held> held = new ArrayList<>();
    Object newestBlock = get(COUNTER, "newest", counter);
    boolean newestHeld = false;
    for (Object block : (Collection<?>) get(COUNTER, "held", counter)) {
      newestHeld = block == newestBlock;
      Held each = held(block, now);
      // Of an older block only what is left of it, and until when, still counts.
      held.add(newestHeld ? each : new Held(0, each.end, each.left, each.left, true));
    }
    Newest newest = new Newest(
        newestHeld,
        // All blocks of one permit are alike.
        newestHeld || counter.most() == 1
            ? NONE
            : gone(held(newestBlock, now), number(COUNTER, "micros", counter)));
    Object refusal = get(COUNTER, "refusal", counter);
    long until = number(REFUSAL, "until", refusal);
    long asked = number(COUNTER, "asked", counter);
    return new BorrowedState(
        held,
        newest,
        until > now ? number(REFUSAL, "permits", refusal) : 0,
        until > now ? until - now : 0,
        asked == 0 && !newestHeld && newest.gone.equals(NONE)
            ? 1
            : number(COUNTER, "size", counter),
        asked,
        asked > 0 ? number(COUNTER, "needed", counter) : 0,
        asked > 0 && (Boolean) get(COUNTER, "lowered", counter));
  }

  /** Of a block that is spent or over: nothing after two leases' time, and after its end only whether most of it was spent. */
  private static Held gone(Held newest, long micros) {
    if (newest.equals(NONE) || newest.sent + 2 * micros <= 0) {
      return NONE;
    }
    boolean mostlyLost = newest.end <= 0 && newest.left > newest.permits / 2;
    return new Held(newest.sent, Math.max(0, newest.end), 1, mostlyLost ? 1 : 0, true);
  }

  /** A counter in this state at an instant. */
  LeasedCounter at(long now, Policy policy) {
    try {
      LeasedCounter counter = new LeasedCounter(policy);
      @SuppressWarnings("unchecked")
      Collection<Object> blocks = (Collection<Object>) get(COUNTER, "held", counter);
      Object last = null;
      for (Held each : held) {
        last = block(each, now);
        blocks.add(last);
      }
      if (!blocks.isEmpty()) {
        COUNTER.get("first").set(counter, blocks.iterator().next());
      }
      if (newest.held) {
        COUNTER.get("newest").set(counter, last);
      } else if (newest.gone.permits > 0) {
        COUNTER.get("newest").set(counter, block(newest.gone, now));
      }
      if (refusedUntil > 0) {
        COUNTER
            .get("refusal")
            .set(counter, NEW_REFUSAL.newInstance(refusedPermits, now + refusedUntil));
      }
      COUNTER.get("size").setLong(counter, size);
      COUNTER.get("asked").setLong(counter, asked);
      COUNTER.get("needed").setLong(counter, needed);
      COUNTER.get("lowered").setBoolean(counter, lowered);
      return counter;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What is held, which cannot be over. */
  long unspent() {
    return held.stream().mapToLong(Held::left).sum();
  }

  private static Object block(Held held, long now) throws ReflectiveOperationException {
    Object block = NEW_BLOCK.newInstance(now + held.sent, now + held.end, held.permits, 0L);
    BLOCK.get("left").setLong(block, held.left);
    BLOCK.get("renewed").setBoolean(block, held.renewed);
    return block;
  }

  private static Held held(Object block, long now) {
    long permits = number(BLOCK, "permits", block);
    if (permits == 0) {
      return NONE;
    }
    try {
      return new Held(
          number(BLOCK, "sent", block) - now,
          number(BLOCK, "end", block) - now,
          permits,
          number(BLOCK, "left", block),
          BLOCK.get("renewed").getBoolean(block));
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, Field> fields(Class<?> type) {
    Map<String, Field> fields = new TreeMap<>();
    Arrays.stream(type.getDeclaredFields())
        .filter(field -> !Modifier.isStatic(field.getModifiers()))
        .forEach(field -> {
          field.setAccessible(true);
          fields.put(field.getName(), field);
        });
    return fields;
  }

  private static Object get(Map<String, Field> fields, String name, Object of) {
    try {
      return fields.get(name).get(of);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long number(Map<String, Field> fields, String name, Object of) {
    try {
      return fields.get(name).getLong(of);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
