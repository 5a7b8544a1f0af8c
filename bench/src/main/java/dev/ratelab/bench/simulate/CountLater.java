package dev.ratelab.bench.simulate;

import java.util.Arrays;

/**
 * A design that decides first and counts later: instances send counts to the shards from time to time, and the answers say what the shards
 * know of these keys. Counts that do not arrive are lost.
 */
abstract class CountLater implements FleetDesign {
  private static final int FLUSH = 0;
  private static final int COUNTS = 1;
  private static final int LOST = 2;
  private static final int END = -1;

  final FleetRun run;
  private final EventWheel events;
  private final FleetSettings.Redis redis;
  private final long every;

  /** Of how many keys an instance keeps what it knows. */
  final int kept;

  // Of each pair: what is not yet sent, and the next pair of the instance that has something to
  // send.
  private final int[] unsent;
  private final int[] next;

  // Of each instance: the first such pair, the first count of a key that nothing is kept of, and
  // whether it will send.
  private final int[] firstPair;
  private final int[] firstAlone;
  private final boolean[] armed;

  // Of each shard, while an instance's counts are put together.
  private final int[] lists;
  private final int[] sizes;

  CountLater(FleetRun run) {
    this.run = run;
    events = run.events();
    redis = run.settings().redis();
    every = run.settings().every();
    kept = run.settings().keptKeys();
    int instances = run.settings().instances();
    unsent = new int[kept * instances];
    next = new int[kept * instances];
    firstPair = new int[instances];
    Arrays.fill(firstPair, END);
    firstAlone = new int[instances];
    armed = new boolean[instances];
    lists = new int[redis.shards()];
    sizes = new int[redis.shards()];
  }

  /**
   * A shard gets a count.
   *
   * @param entry the event that the answer is put into, its a, b and object
   */
  abstract void count(int key, int hits, long at, int entry);

  /** An instance gets the answer, for a pair of it and a key, to a count that it has sent. */
  abstract void told(int pair, int hits, int entry);

  /** An instance gets none. */
  abstract void lost(int pair, int hits);

  /** The pair of an instance and a key, or -1 if nothing is kept of it. */
  int pair(int instance, int key) {
    return key < kept ? instance * kept + key : END;
  }

  /** An instance counts a request. */
  void add(int instance, int key, long now) {
    if (key < kept) {
      int pair = instance * kept + key;
      if (unsent[pair]++ == 0) {
        next[pair] = firstPair[instance];
        firstPair[instance] = pair;
      }
    } else {
      int entry = entry(key, 1);
      events.link(entry, firstAlone[instance]);
      firstAlone[instance] = entry;
    }
    if (!armed[instance]) {
      armed[instance] = true;
      long phase = every * instance / run.settings().instances();
      run.wake(
          run.event(FLUSH, instance, 0, 0, 0), now + every - Math.floorMod(now - phase, every));
    }
  }

  @Override
  public void atInstance(int event, long now) {
    int instance = events.instance(event);
    if (events.kind(event) == FLUSH) {
      events.free(event);
      flush(instance, now);
      return;
    }
    boolean lost = events.kind(event) == LOST;
    for (int entry = (int) events.b(event); entry != 0; ) {
      // An entry's instance is its count.
      int pair = pair(instance, events.key(entry));
      if (pair != END && lost) {
        lost(pair, events.instance(entry));
      } else if (pair != END) {
        told(pair, events.instance(entry), entry);
      }
      entry = freeEntry(entry);
    }
    events.free(event);
  }

  private int freeEntry(int entry) {
    events.object(entry, null);
    return events.free(entry);
  }

  private void flush(int instance, long now) {
    armed[instance] = false;
    for (int pair = firstPair[instance]; pair != END; pair = next[pair]) {
      int key = pair - instance * kept;
      put(entry(key, unsent[pair]), run.shard(key));
      unsent[pair] = 0;
    }
    firstPair[instance] = END;
    for (int entry = firstAlone[instance]; entry != 0; ) {
      int following = events.link(entry);
      put(entry, run.shard(events.key(entry)));
      entry = following;
    }
    firstAlone[instance] = 0;
    for (int shard = 0; shard < lists.length; shard++) {
      if (sizes[shard] > 0) {
        send(instance, shard, now);
      }
    }
  }

  private int entry(int key, int hits) {
    return events.take(0, 0, hits, key, 0, 0);
  }

  private void put(int entry, int shard) {
    events.link(entry, lists[shard]);
    lists[shard] = entry;
    sizes[shard]++;
  }

  private void send(int instance, int shard, long now) {
    // The key of a message is its shard.
    int event = run.event(COUNTS, instance, shard, now, lists[shard]);
    lists[shard] = 0;
    sizes[shard] = 0;
    run.send(event, shard, now, LOST);
  }

  @Override
  public void atShard(int event, long now) {
    int shard = events.key(event);
    int size = 0;
    for (int entry = (int) events.b(event); entry != 0; entry = events.link(entry)) {
      size++;
    }
    long at = run.serve(shard, now, redis.call() + size * redis.batched());
    for (int entry = (int) events.b(event); entry != 0; entry = events.link(entry)) {
      count(events.key(entry), events.instance(entry), at, entry);
    }
    var unused = run.sendBack(event, shard, now, LOST);
  }

  @Override
  public void crash(int instance, long now) {
    for (int pair = firstPair[instance]; pair != END; pair = next[pair]) {
      unsent[pair] = 0;
    }
    firstPair[instance] = END;
    for (int entry = firstAlone[instance]; entry != 0; ) {
      entry = freeEntry(entry);
    }
    firstAlone[instance] = 0;
    armed[instance] = false;
  }

  @Override
  public void forget(int event) {
    for (int entry = (int) events.b(event); entry != 0; ) {
      entry = freeEntry(entry);
    }
    events.free(event);
  }
}
