package dev.ratelab.bench.simulate;

/** An instance asks the key's shard for each decision, by a call of its own. */
final class CallEachDecision implements FleetDesign {
  private final FleetRun run;
  private final EventWheel events;
  private final long price;

  CallEachDecision(FleetRun run) {
    this.run = run;
    events = run.events();
    FleetSettings.Redis redis = run.settings().redis();
    price = redis.call() + redis.decision();
  }

  @Override
  public void arrive(int instance, int key, long now) {
    int shard = run.shard(key);
    int event = run.event(0, instance, key, now, shard);
    if (!run.send(event, shard, now)) {
      run.end(instance, key, false, now, now, Long.MAX_VALUE, events.epoch(event));
      events.free(event);
    }
  }

  @Override
  public void atShard(int event, long now) {
    int shard = (int) events.b(event);
    int instance = events.instance(event);
    int key = events.key(event);
    long decided = run.serve(shard, now, price);
    boolean allowed = run.counters().decide(key, decided, 1);
    run.end(
        instance,
        key,
        allowed,
        events.a(event),
        decided,
        run.answered(shard, instance),
        events.epoch(event));
    events.free(event);
  }

  @Override
  public void atInstance(int event, long now) {
    throw new IllegalStateException("nothing is sent there");
  }

  @Override
  public void crash(int instance, long now) {
    // It keeps nothing.
  }

  @Override
  public void forget(int event) {
    throw new IllegalStateException("nothing is sent there");
  }

  @Override
  public long mostCharged() {
    return 1;
  }
}
