package dev.ratelab.bench.simulate;

/** An instance asks the key's shard for each decision, by a call of its own. */
final class CallEachDecision implements FleetDesign {
  private final FleetRun run;
  private final EventWheel events;

  CallEachDecision(FleetRun run) {
    this.run = run;
    events = run.events();
  }

  @Override
  public void arrive(int instance, int key, long now) {
    int shard = run.shard(key);
    int event = run.event(0, instance, key, now, shard);
    if (!run.send(event, shard, now)) {
      run.end(event, false, now, Long.MAX_VALUE);
    }
  }

  @Override
  public void atShard(int event, long now) {
    int shard = (int) events.b(event);
    long decided = run.serve(shard, now, run.settings().redis().deciding(1));
    boolean allowed = run.counters().decide(events.key(event), decided, 1);
    run.end(event, allowed, decided, run.answered(shard, events.instance(event)));
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
}
