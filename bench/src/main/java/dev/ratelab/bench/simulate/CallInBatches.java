package dev.ratelab.bench.simulate;

/** An instance gathers requests for a shard, for a time or until they are many, and sends them in one call. */
final class CallInBatches implements FleetDesign {
  private static final int GATHERED = 0;
  private static final int OVER = 1;
  private static final int SENT = 2;

  private final FleetRun run;
  private final EventWheel events;
  private final FleetSettings.Redis redis;
  private final FleetSettings.Batch batch;

  // Of each pair of an instance and a shard: what is gathered, and how often it was sent.
  private final EventQueues gathered;
  private final int[] number;

  CallInBatches(FleetRun run) {
    this.run = run;
    events = run.events();
    redis = run.settings().redis();
    batch = run.settings().batch();
    int pairs = run.settings().instances() * redis.shards();
    gathered = new EventQueues(events, pairs);
    number = new int[pairs];
  }

  @Override
  public void arrive(int instance, int key, long now) {
    int shard = run.shard(key);
    int pair = instance * redis.shards() + shard;
    gathered.add(pair, run.event(GATHERED, instance, key, now, 0));
    int size = gathered.size(pair);
    if (size >= batch.most() || batch.longest() == 0) {
      send(instance, shard, now);
    } else if (size == 1) {
      run.wake(run.event(OVER, instance, shard, number[pair], 0), now + batch.longest());
    }
  }

  private void send(int instance, int shard, long now) {
    int pair = instance * redis.shards() + shard;
    int size = gathered.size(pair);
    int event = run.event(SENT, instance, shard, gathered.cut(pair, 0), size);
    number[pair]++;
    if (!run.send(event, shard, now)) {
      answer(event, now, Long.MAX_VALUE, false);
    }
  }

  @Override
  public void atShard(int event, long now) {
    int shard = events.key(event);
    long decided = run.serve(shard, now, redis.deciding(events.b(event)));
    answer(event, decided, run.answered(shard, events.instance(event)), true);
  }

  private void answer(int event, long decided, long answered, boolean reached) {
    for (int request = (int) events.a(event); request != 0; ) {
      boolean allowed = reached && run.counters().decide(events.key(request), decided, 1);
      request = run.end(request, allowed, decided, answered);
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
      while (gathered.first(pair) != 0) {
        run.tally().crashed();
        gathered.freeFirst(pair);
      }
      number[pair]++;
    }
  }

  @Override
  public void forget(int event) {
    events.free(event);
  }
}
