package dev.ratelab.verification.search;

import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.lease.LeasedCounter;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
      "policy",
      "least",
      "gone",
      "lent",
      "end",
      "renewAt",
      "refusal",
      "resetAt",
      "firstSent",
      "firstDue",
      "firstPermits",
      "firstLapsed",
      "behind",
      "newest",
      "size",
      "asked",
      "needed",
      "lowered",
      "lapsed",
      "number",
      // Between two calls nobody has anything in hand.
      "inHand");
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
    Held first = first(counter, now);
    if (first.left > 0) {
      held.add(first);
    }
    boolean newestHeld = newestBlock == null && first.left > 0;
    for (Object block = get(COUNTER, "behind", counter);
        block != null;
        block = get(BLOCK, "next", block)) {
      newestHeld = block == newestBlock;
      held.add(behind(block, now));
    }
    for (int i = 0; i < held.size() - (newestHeld ? 1 : 0); i++) {
      // Of an older block only what is left of it, and until when, still counts.
      Held older = held.get(i);
      held.set(i, new Held(0, older.end, older.left, older.left, true));
    }
    Newest newest = new Newest(
        newestHeld,
        // All blocks of one permit are alike.
        newestHeld || counter.most() == 1
            ? NONE
            : gone(newestBlock == null ? over(counter, first) : behind(newestBlock, now), counter));
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
  private static Held gone(Held newest, LeasedCounter counter) {
    Lease lease = Objects.requireNonNull(((Policy) get(COUNTER, "policy", counter)).lease());
    if (newest.equals(NONE) || newest.sent + 2 * lease.micros() <= 0) {
      return NONE;
    }
    boolean mostlyLost = newest.end <= 0 && newest.left > newest.permits / 2;
    return new Held(newest.sent, Math.max(0, newest.end), 1, mostlyLost ? 1 : 0, true);
  }

  /** A counter in this state at an instant. */
  LeasedCounter at(long now, Policy policy) {
    try {
      LeasedCounter counter = new LeasedCounter(policy);
      Object last = null;
      for (Held each : held.subList(Math.min(1, held.size()), held.size())) {
        Object block = block(each, now);
        if (last == null) {
          COUNTER.get("behind").set(counter, block);
        } else {
          BLOCK.get("next").set(last, block);
        }
        last = block;
      }
      if (!held.isEmpty()) {
        first(counter, held.get(0), now);
        COUNTER.get("newest").set(counter, newest.held ? last : block(newest.gone, now));
      } else if (newest.gone.permits > 0) {
        first(counter, newest.gone, now);
      }
      if (refusedUntil > 0) {
        COUNTER
            .get("refusal")
            .set(counter, NEW_REFUSAL.newInstance(refusedPermits, now + refusedUntil));
      }
      COUNTER.get("size").setInt(counter, (int) size);
      COUNTER.get("asked").setInt(counter, (int) asked);
      COUNTER.get("needed").setInt(counter, (int) needed);
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
    return NEW_BLOCK.newInstance(now + held.sent, now + held.end, (int) held.permits, 0L);
  }

  private static void first(LeasedCounter counter, Held held, long now)
      throws ReflectiveOperationException {
    COUNTER.get("firstSent").setLong(counter, now + held.sent);
    COUNTER.get("end").setLong(counter, now + held.end);
    COUNTER.get("firstPermits").setInt(counter, (int) held.permits);
    COUNTER.get("lent").setLong(counter, held.permits);
    COUNTER.get("gone").setLong(counter, held.permits - held.left);
    COUNTER.get("renewAt").setInt(counter, held.renewed ? -1 : (int) held.permits / 2);
  }

  private static Held first(LeasedCounter counter, long now) {
    long permits = number(COUNTER, "firstPermits", counter);
    return permits == 0
        ? NONE
        : new Held(
            number(COUNTER, "firstSent", counter) - now,
            number(COUNTER, "end", counter) - now,
            permits,
            number(COUNTER, "lent", counter) - number(COUNTER, "gone", counter),
            number(COUNTER, "renewAt", counter) < 0);
  }

  /** The first block when it is spent or over, with what was left of it then. */
  private static Held over(LeasedCounter counter, Held first) {
    return first.equals(NONE)
        ? NONE
        : new Held(
            first.sent,
            first.end,
            first.permits,
            number(COUNTER, "firstLapsed", counter),
            first.renewed);
  }

  /** A block of which nothing is spent. */
  private static Held behind(Object block, long now) {
    long permits = number(BLOCK, "permits", block);
    return new Held(
        number(BLOCK, "sent", block) - now,
        number(BLOCK, "end", block) - now,
        permits,
        permits,
        false);
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
