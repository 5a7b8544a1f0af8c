package dev.ratelab.bench.simulate;

import java.util.Arrays;

/** An instance gathers requests for a shard, for a time or until they are many, and sends them in one call. */
final class CallInBatches implements FleetDesign {
  private static final int GATHERED = 0;
  private static final int OVER = 1;
  private static final int SENT = 2;

  private final FleetRun run;
  private final EventWheel events;
  private final FleetSettings.Redis redis;
  private final FleetSettings.Batch batch;

  // Of each pair of an instance and a shard.
  private final int[] first;
  private final int[] last;
  private final int[] count;
  private final int[] number;

  CallInBatches(FleetRun run) {
    this.run = run;
    events = run.events();
    redis = run.settings().redis();
    batch = run.settings().batch();
    int pairs = run.settings().instances() * redis.shards();
    first = new int[pairs];
    last = new int[pairs];
    count = new int[pairs];
    number = new int[pairs];
  }

  @Override
  public void arrive(int instance, int key, long now) {
    int shard = run.shard(key);
    int pair = instance * redis.shards() + shard;
    int request = run.event(GATHERED, instance, key, now, 0);
    events.link(request, 0);
    if (count[pair]++ == 0) {
      first[pair] = request;
    } else {
      events.link(last[pair], request);
    }
    last[pair] = request;
    if (count[pair] >= batch.most() || batch.longest() == 0) {
      send(instance, shard, now);
    } else if (count[pair] == 1) {
      run.wake(run.event(OVER, instance, shard, number[pair], 0), now + batch.longest());
    }
  }

  private void send(int instance, int shard, long now) {
    int pair = instance * redis.shards() + shard;
    int event = run.event(SENT, instance, shard, first[pair], count[pair]);
    first[pair] = 0;
    count[pair] = 0;
    number[pair]++;
    if (!run.send(event, shard, now)) {
      answer(event, now, Long.MAX_VALUE, false);
    }
  }

  @Override
  public void atShard(int event, long now) {
    int shard = events.key(event);
    long n = events.b(event);
    long decided =
        run.serve(shard, now, redis.call() + (n == 1 ? redis.decision() : n * redis.batched()));
    answer(event, decided, run.answered(shard, events.instance(event)), true);
  }

  private void answer(int event, long decided, long answered, boolean reached) {
    int instance = events.instance(event);
    for (int request = (int) events.a(event); request != 0; ) {
      int key = events.key(request);
      boolean allowed = reached && run.counters().decide(key, decided, 1);
      run.end(instance, key, allowed, events.a(request), decided, answered, events.epoch(request));
      int next = events.link(request);
      events.free(request);
      request = next;
    }
    events.free(event);
  }

  @Override
  public void atInstance(int event, long now) {
    int shard = events.key(event);
    int instance = events.instance(event);
    if (events.a(event) == number[instance * redis.shards() + shard]) {
      send(instance, shard, now);
    }
    events.free(event);
  }

  @Override
  public void crash(int instance, long now) {
    int from = instance * redis.shards();
    for (int pair = from; pair < from + redis.shards(); pair++) {
      for (int request = first[pair]; request != 0; ) {
        run.tally().crashed();
        int next = events.link(request);
        events.free(request);
        request = next;
      }
      number[pair]++;
    }
    Arrays.fill(first, from, from + redis.shards(), 0);
    Arrays.fill(count, from, from + redis.shards(), 0);
  }

  @Override
  public void forget(int event) {
    events.free(event);
  }

  @Override
  public long mostCharged() {
    return 1;
  }
}
